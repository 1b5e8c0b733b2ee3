import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject } from "./fixture.ts";

const foreign: readonly Record<string, string>[] = [
  { origin: "https://evil.example" },
  { origin: "http://localhost:8085" },
  { origin: "null" },
  { origin: "https://accounts.google.com.evil.example" },
  { origin: "https://accounts.google.com", "sec-fetch-site": "cross-site" },
  { origin: "https://accounts.google.com", "sec-fetch-site": "same-site" },
];

test("a form that another page posts allows nothing, even with the ticket", async () => {
  for (const headers of foreign) {
    const subject = createSubject();
    const page = await subject.open();
    const { status, headers: answered } = await subject.answer(page, {}, headers);
    assert.equal(status, 403, JSON.stringify(headers));
    assert.equal(answered?.["location"], undefined);
    assert.equal((await subject.answer(page)).status, 302, "the user can still answer");
  }
});

test("a form without the page's ticket allows nothing", async () => {
  const subject = createSubject();
  const page = await subject.open();
  for (const ticket of [undefined, "", "AAAA", "__proto__"]) {
    assert.equal((await subject.answer(page, { ticket })).status, 400);
  }
});

test("nobody is chosen who is not there or is disabled", async () => {
  const subject = createSubject({
    users: [
      { email: "dev@example.com" },
      { email: "admin@example.com" },
      { email: "off@example.com", state: "disabled" },
    ],
  });
  for (const account of [undefined, "nobody@example.com", "off@example.com"]) {
    const { status, headers } = await subject.answer(await subject.open(), { account });
    assert.ok(status >= 400, account);
    assert.equal(headers?.["location"], undefined);
  }
});
