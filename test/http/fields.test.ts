import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fields } from "../../src/http/fields.ts";

const SOME: [string, string][] = [
  ["Host", "a"],
  ["Via", "1.1 x"],
  ["Content-Type", "text/plain"],
  ["VIA", "1.1 y"],
];
const some = (): Fields => Fields.of(SOME);

test("fields keep their order, their spelling and their repetitions", () => {
  deepEqual([...some()], SOME);
  equal(some().print(), "Host: a\r\nVia: 1.1 x\r\nContent-Type: text/plain\r\nVIA: 1.1 y\r\n");
  equal(some().size, 4);
});

test("a field is found however its name is spelt, and several lines are one value", () => {
  equal(some().get("host"), "a");
  equal(some().get("content-type"), "text/plain");
  equal(some().get("via"), "1.1 x, 1.1 y");
  deepEqual(some().all("via"), ["1.1 x", "1.1 y"]);
  equal(some().has("via"), true);
});

test("a field that is not there", () => {
  equal(some().get("hosts"), undefined);
  equal(some().get("hose"), undefined);
  deepEqual(some().all("date"), []);
  equal(some().has("date"), false);
});

test("an empty value is a value", () => {
  const fields = Fields.of({ "Accept-Encoding": "" });
  equal(fields.get("accept-encoding"), "");
  equal(fields.has("accept-encoding"), true);
});

test("fields are made of an object, of pairs, of fields, and of nothing", () => {
  deepEqual(
    [...Fields.of({ A: "1", B: undefined, C: "3" })],
    [
      ["A", "1"],
      ["C", "3"],
    ],
  );
  deepEqual([...Fields.of(some())], SOME);
  deepEqual([...Fields.of(new Map(SOME))], SOME);
  equal(new Fields().size, 0);
  equal(new Fields().print(), "");
});

test("append adds a line at the end", () => {
  deepEqual(some().append("Via", "1.1 z").all("via"), ["1.1 x", "1.1 y", "1.1 z"]);
});

test("set takes the first one's place, and the further ones go", () => {
  deepEqual(
    [...some().set("via", "2 z")],
    [
      ["Host", "a"],
      ["via", "2 z"],
      ["Content-Type", "text/plain"],
    ],
  );
  deepEqual([...new Fields().set("Date", "now")], [["Date", "now"]]);
});

test("delete removes every line of the name", () => {
  deepEqual(
    [...some().delete("via")],
    [
      ["Host", "a"],
      ["Content-Type", "text/plain"],
    ],
  );
  deepEqual([...some().delete("date")], SOME);
});

test("a copy is on its own", () => {
  const fields = some();
  const copy = fields.copy().set("Host", "b");
  equal(fields.get("host"), "a");
  equal(copy.get("host"), "b");
  notEqual(fields, copy);
});

test("some of them, by name as it is spelt, are fields of their own", () => {
  const fields = some();
  const only = fields.only((name) => name !== "Via");
  deepEqual(
    [...only],
    [
      ["Host", "a"],
      ["Content-Type", "text/plain"],
      ["VIA", "1.1 y"],
    ],
  );
  only.set("Host", "b");
  deepEqual([...fields], SOME);
});

const name = fc.constantFrom("A", "a", "Ab", "aB", "b");
const change = fc.oneof(
  fc.record({ what: fc.constant("append" as const), name, value: fc.string() }),
  fc.record({ what: fc.constant("set" as const), name, value: fc.string() }),
  fc.record({ what: fc.constant("delete" as const), name, value: fc.constant("") }),
);

test("whatever is done to them, they are what a plain list would be", () => {
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const fields = new Fields();
      let list: [string, string][] = [];
      for (const { what, name, value } of changes) {
        const same = ([other]: [string, string]) => other.toLowerCase() === name.toLowerCase();
        const first = list.findIndex(same);
        if (what === "append") {
          fields.append(name, value);
          list.push([name, value]);
        } else if (what === "delete" || first >= 0) {
          if (what === "set") list[first] = [name, value];
          list = list.filter((line, i) => !same(line) || (what === "set" && i === first));
          if (what === "set") fields.set(name, value);
          else fields.delete(name.toLowerCase());
        } else {
          fields.set(name, value);
          list.push([name, value]);
        }
      }
      deepEqual([...fields], list);
    }),
  );
});
