import { equal } from "node:assert/strict";
import { test } from "node:test";
import { fromLatin1 } from "../../src/base/bytes.ts";
import { HeadReader } from "../../src/http/head.ts";
import { Inbox } from "../../src/http/inbox.ts";
import { LIMITS } from "../../src/http/limits.ts";

// What is refused and how it may be torn stands in reader.test.ts.
test("lines that were complete are not looked at again", () => {
  let looks = 0;
  const inbox = new Inbox();
  const reader = new HeadReader(LIMITS);
  const lines = "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n".split(/(?<=\n)/);
  let head: ReturnType<HeadReader["read"]>;
  for (const line of lines) {
    // A proxy that counts the looks at each byte of what has come.
    inbox.add(fromLatin1(line).slice());
    const { bytes } = inbox;
    inbox.bytes = new Proxy(bytes, {
      get: (target, key) => {
        if (typeof key === "string" && /^\d+$/.test(key)) looks++;
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    if (line === "\r\n") inbox.bytes = bytes;
    head = reader.read(inbox);
    if (inbox.length > 0) inbox.bytes = bytes;
  }
  equal(head?.startLine, "GET / HTTP/1.1");
  equal(head?.fields.get("x"), "b");
  equal(looks < 2 * lines.join("").length + 20, true, `${looks} looks`);
});

test("a trailer section has no start line", () => {
  const inbox = new Inbox();
  inbox.add(fromLatin1("X: a\r\n\r\nrest"));
  equal(new HeadReader(LIMITS, false).read(inbox)?.fields.get("x"), "a");
  equal(inbox.length, 4);
});

test("an empty trailer section is one line", () => {
  const inbox = new Inbox();
  inbox.add(fromLatin1("\r\nrest"));
  equal(new HeadReader(LIMITS, false).read(inbox)?.fields.size, 0);
  equal(inbox.length, 4);
});
