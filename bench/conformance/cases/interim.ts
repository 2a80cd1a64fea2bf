/** Interim responses (RFC 9110 §15.2): passed on, and not mistaken for the answer. */

import type { Case, Interim } from "../case.ts";

const STORABLE = { "cache-control": "max-age=60" };
const LINK = "</menu.css>; rel=preload; as=style";

const passed = (id: string, name: string, ...interim: Interim[]): Case => ({
  id: `interim-${id}`,
  name: `${name} is passed on`,
  rule: "RFC 9110 §15.2",
  kind: "required",
  steps: [{ answer: { interim, fields: STORABLE, body: "final" }, interim, status: 200, body: "final" }],
});

const stored = (id: string, name: string, ...interim: Interim[]): Case => ({
  id: `interim-${id}-stored`,
  name: `the answer that follows ${name} is stored`,
  rule: "RFC 9111 §3",
  kind: "optimal",
  steps: [
    { answer: { interim, fields: STORABLE, body: "final" }, status: 200, body: "final" },
    { answer: { body: "again" }, from: "cache", status: 200, body: "final" },
  ],
});

export const interim: readonly Case[] = [
  passed("102", "102 Processing", [102, {}]),
  passed("103", "103 Early Hints", [103, { "link": LINK, "x-more": "1" }]),
  passed("both", "102 and then 103", [102, {}], [103, { "link": LINK }]),
  stored("102", "a 102", [102, {}]),
  stored("103", "a 103", [103, { "link": LINK }]),
  {
    id: "interim-fields",
    name: "the fields of a 103 are not the answer's",
    rule: "RFC 9110 §15.2",
    kind: "required",
    steps: [
      {
        answer: { interim: [[103, { "link": LINK }]], fields: STORABLE, body: "final" },
        status: 200,
        fields: { "link": undefined },
      },
      { from: "cache", fields: { "link": undefined } },
    ],
  },
];
