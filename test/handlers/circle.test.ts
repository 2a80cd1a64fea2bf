import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { circle, ownName } from "../../src/handlers/circle.ts";
import { request } from "./exchange.ts";

for (const [fields, isCircle] of [
  [{}, false],
  [{ Via: "1.1 other" }, false],
  [{ Via: "1.1 maitred2" }, false],
  [{ Via: "1.1 other (maitred)" }, false],
  [{ Via: "1.1 other, 1.0 Maitred" }, true],
  [{ "CDN-Loop": "other" }, false],
  [{ "CDN-Loop": "other, maitred; a=b" }, true],
] as const) {
  test(`${JSON.stringify(fields)} has ${isCircle ? "" : "not "}been here before`, () => {
    const answer = circle(request("GET /", fields as Record<string, string>), "maitred");
    equal(answer?.status, isCircle ? 502 : undefined);
    if (answer === undefined) return;
    const why = "The request has come round in a circle";
    equal(answer.fields.get("proxy-status"), `maitred; error=proxy_loop_detected; details="${why}"`);
  });
}

test("who has not been given a name has one that other maitreds have not", () => {
  match(ownName(), /^maitred-[0-9a-f]{1,6}$/);
  const asked = request("GET /", { Via: `1.1 ${ownName()}x` });
  equal(circle(asked, ownName()), undefined);
});
