/** What may be stored, what takes whose place, and what is made invalid. */

import type { Case } from "../case.ts";

const STORABLE = { "cache-control": "max-age=60" };
const LATER = 2200;

export const storing: readonly Case[] = [
  {
    id: "must-understand-known",
    name: "must-understand with a known status beats no-store",
    rule: "RFC 9111 §5.2.2.3",
    kind: "optimal",
    steps: [
      {
        answer: { fields: { "cache-control": "must-understand, no-store, max-age=60" }, body: "first" },
        body: "first",
      },
      { answer: { body: "second" }, from: "cache", body: "first" },
    ],
  },
  ...["must-understand, no-store, max-age=60", "must-understand, max-age=60"].map(
    (directives): Case => ({
      id: `must-understand-unknown${directives.includes("no-store") ? "-no-store" : ""}`,
      name: `a status that nobody knows is not stored with “${directives}”`,
      rule: "RFC 9111 §3",
      kind: "required",
      steps: [
        { answer: { status: 599, fields: { "cache-control": directives }, body: "first" }, status: 599, body: "first" },
        { answer: { status: 599, body: "second" }, from: "origin", status: 599, body: "second" },
      ],
    }),
  ),
  {
    id: "no-store-newer",
    name: "a stale answer does not return after a newer one with no-store",
    rule: "RFC 9111 §4",
    kind: "required",
    steps: [
      { answer: { fields: { "cache-control": "max-age=1" }, body: "first" }, body: "first" },
      { after: LATER, answer: { fields: { "cache-control": "no-store" }, body: "second" }, body: "second" },
      { answer: { fields: { "cache-control": "no-store" }, body: "third" }, from: "origin", body: "third" },
    ],
  },
  {
    id: "no-store-newer-fresh",
    name: "nor does a fresh one, where the newer one was asked for with no-cache",
    rule: "RFC 9111 §5.2.2.5",
    kind: "check",
    steps: [
      { answer: { fields: STORABLE, body: "first" }, body: "first" },
      {
        asks: { "cache-control": "no-cache" },
        answer: { fields: { "cache-control": "no-store" }, body: "second" },
        body: "second",
      },
      { answer: { fields: STORABLE, body: "third" }, from: "origin", body: "third" },
    ],
  },
  {
    id: "replaced",
    name: "a newer answer takes the older one's place",
    rule: "RFC 9111 §4",
    kind: "optimal",
    steps: [
      { answer: { fields: { "cache-control": "max-age=1" }, body: "first" }, body: "first" },
      { after: LATER, answer: { fields: STORABLE, body: "second" }, from: "origin", body: "second" },
      { answer: { body: "third" }, from: "cache", body: "second" },
    ],
  },
  {
    id: "incomplete",
    name: "an answer that broke off is not reused as if it were whole",
    rule: "RFC 9111 §3.3",
    kind: "required",
    steps: [
      { answer: { fields: STORABLE, body: "0123456789", hangsUp: "within" }, not: "0123456789" },
      { answer: { fields: STORABLE, body: "0123456789" }, from: "origin", status: 200, body: "0123456789" },
    ],
  },
  {
    id: "head",
    name: "HEAD is answered from what a GET has stored",
    rule: "RFC 9111 §4",
    kind: "optimal",
    steps: [
      { answer: { fields: STORABLE, body: "0123456789" }, body: "0123456789" },
      { method: "HEAD", from: "cache", status: 200, body: "", fields: { "content-length": "10" } },
    ],
  },
  {
    id: "groups",
    name: "Cache-Group-Invalidation in the answer to a POST reaches the rest of the group",
    rule: "RFC 9875 §3",
    kind: "optimal",
    steps: [
      {
        path: "/a",
        answer: { fields: { ...STORABLE, "cache-groups": '"menu", "wine"' }, body: "first" },
        body: "first",
      },
      { path: "/a", answer: { body: "second" }, from: "cache", body: "first" },
      { path: "/b", method: "POST", answer: { fields: { "cache-group-invalidation": '"wine"' }, body: "done" } },
      { path: "/a", answer: { fields: STORABLE, body: "third" }, from: "origin", body: "third" },
    ],
  },
  {
    id: "groups-safe",
    name: "Cache-Group-Invalidation in the answer to a GET is ignored",
    rule: "RFC 9875 §3",
    kind: "required",
    steps: [
      { path: "/a", answer: { fields: { ...STORABLE, "cache-groups": '"menu"' }, body: "first" }, body: "first" },
      { path: "/b", answer: { fields: { "cache-group-invalidation": '"menu"' }, body: "other" }, body: "other" },
      { path: "/a", answer: { fields: STORABLE, body: "third" }, from: "cache", body: "first" },
    ],
  },
  {
    id: "cache-status",
    name: "a hit says so in Cache-Status",
    rule: "RFC 9211 §2.1",
    kind: "check",
    steps: [
      { answer: { fields: STORABLE, body: "first" }, body: "first" },
      { from: "cache", fields: { "cache-status": /; *hit\b/ } },
    ],
  },
];
