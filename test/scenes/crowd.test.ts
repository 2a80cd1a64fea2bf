/** A thousand clients at once over fifty origins, of which some never answer: the others do not notice. */

import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { mounts } from "../../src/handlers/mounts.ts";
import { forward, type Middle, type ProxyScene, proxyScene, reverse, type Side } from "../handlers/proxy-scene.ts";

const CLIENTS = 1000;
const ORIGINS = 50;

/** What becomes of those who ask an origin. Every tenth origin is one of these; the others are well. */
const TROUBLES = [
  // They accept, and say nothing.
  { name: "silent", answer: /^HTTP\/1\.1 504 [\s\S]*http_response_timeout/ },
  // They say half of what they promised, and break off.
  { name: "breaking", answer: undefined },
  // Nobody listens.
  { name: "refusing", answer: /^HTTP\/1\.1 502 [\s\S]*connection_refused/ },
  // No way leads there.
  { name: "unreachable", answer: /^HTTP\/1\.1 504 [\s\S]*connection_timeout/ },
  // A letter a second.
  { name: "trickling", answer: undefined },
] as const;

interface Origin {
  readonly kind: (typeof TROUBLES)[number]["name"] | "well";
  readonly host: string;
  readonly at: string;
}

const origins = Array.from({ length: ORIGINS }, (_, i): Origin => {
  const host = `10.0.9.${i + 1}`;
  return { kind: i % 10 === 7 ? TROUBLES[(i - 7) / 10]!.name : "well", host, at: `${host}:80` };
});
const silent = new Set(origins.filter(({ kind }) => kind === "unreachable").map(({ host }) => host));
const listening = origins.filter(({ kind }) => kind !== "unreachable" && kind !== "refusing").map(({ at }) => at);

/** Each has an answer of its own: who it is, and what it was asked. */
const bodyOf = (origin: Origin, path: string): string => `${origin.at} was asked for ${path}`;

/** Answers as its kind does, request after request. */
async function attend(side: Side, origin: Origin, { clock }: ProxyScene): Promise<void> {
  for (;;) {
    const [, path = ""] = await side.hearsLike(/^GET (\S+) [\s\S]*?\r\n\r\n/);
    const body = bodyOf(origin, path);
    if (origin.kind === "silent") continue;
    await side.says("HTTP/1.1 200 OK", `Content-Length: ${body.length}`, "", "");
    if (origin.kind === "breaking") {
      await side.says("half");
      return side.vanishes();
    }
    if (origin.kind === "well") await side.says(body);
    else {
      for (const letter of body) {
        await new Promise<void>((resolve) => clock.after(1000, resolve));
        await side.says(letter);
      }
    }
  }
}

async function crowd(scene: ProxyScene, targetOf: (origin: Origin, path: string) => string): Promise<void> {
  const { clock, arrives, attends } = scene;
  for (const origin of origins) {
    if (listening.includes(origin.at)) attends(origin.at, (side) => attend(side, origin, scene));
  }
  const guests: { origin: Origin; path: string; side: Side }[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    guests.push({ origin: origins[i % ORIGINS]!, path: `/${i}`, side: await arrives() });
  }
  for (const { side, origin, path } of guests) {
    await side.says(`GET ${targetOf(origin, path)} HTTP/1.1`, `Host: ${origin.at}`, "Connection: close", "", "");
  }
  const of = (...kinds: Origin["kind"][]) => guests.filter(({ origin }) => kinds.includes(origin.kind));
  const began = clock.now();

  // Not a moment has passed when all these have their own answer.
  const well = of("well");
  equal(well.length, CLIENTS - (TROUBLES.length * CLIENTS) / ORIGINS);
  for (const { side, origin, path } of well) {
    const answer = await side.hearsOut();
    equal(answer.slice(0, 15), "HTTP/1.1 200 OK");
    equal(answer.slice(answer.indexOf("\r\n\r\n") + 4), bodyOf(origin, path));
  }
  for (const { side } of of("refusing")) match(await side.hearsOut(), TROUBLES[2].answer);
  for (const { side } of of("breaking")) await side.hearsBreak();
  equal(clock.now(), began);

  // And the others have theirs in time.
  const late = of("silent", "unreachable", "trickling").map(async ({ side, origin, path }) => {
    const answer = await side.hearsOut();
    const expected = TROUBLES.find(({ name }) => name === origin.kind)!.answer;
    if (expected !== undefined) match(answer, expected);
    else equal(answer.slice(answer.indexOf("\r\n\r\n") + 4), bodyOf(origin, path));
  });
  for (let second = 0; second < 65; second++) await clock.advance(1000);
  await Promise.all(late);
}

const OPTIONS = {
  servers: listening,
  network: { silent },
  server: { maxConnections: CLIENTS },
};

/** Each origin at a path of its own. */
const gateway: Middle = (means) =>
  mounts(
    () => {
      throw new Error("Nobody asks for anything else");
    },
    origins.map(({ at }) => ({ path: `/${at}`, handler: reverse([`http://${at}/`], { prefix: `/${at}` })(means) })),
  );

test("a thousand at once ask a forward proxy", () =>
  proxyScene(forward(), (scene) => crowd(scene, ({ at }, path) => `http://${at}${path}`), OPTIONS));

test("a thousand at once ask a gateway", () =>
  proxyScene(gateway, (scene) => crowd(scene, ({ at }, path) => `/${at}${path}`), OPTIONS));
