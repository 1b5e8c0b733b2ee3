import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, refusalOf } from "./fixture.ts";

test("a code works once", async () => {
  const subject = createSubject();
  const code = await subject.allow();
  assert.equal((await subject.exchange(code)).status, 200);
  assert.deepEqual(refusalOf(await subject.exchange(code)), [400, "invalid_grant", "Bad Request"]);
});

test("of two that use a code at once, one gets tokens", async () => {
  const subject = createSubject();
  const code = await subject.allow();
  const answers = await Promise.all([subject.exchange(code), subject.exchange(code), subject.exchange(code)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400]);
});

test("a code dies after ten minutes", async () => {
  const subject = createSubject();
  const code = await subject.allow();
  subject.clock.advanceMs(600_000);
  assert.equal((await subject.exchange(code)).status, 400);
});

test("a consent page is answered once, and not after ten minutes", async () => {
  const subject = createSubject();
  const page = await subject.open();
  assert.equal((await subject.answer(page)).status, 302);
  assert.equal((await subject.answer(page)).status, 400);
  const late = await subject.open();
  subject.clock.advanceMs(600_000);
  assert.equal((await subject.answer(late)).status, 400);
});
