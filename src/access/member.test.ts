import assert from "node:assert/strict";
import { test } from "node:test";
import { RunpassError } from "../core/errors.ts";
import { memberOf } from "./member.ts";

for (const [text, member] of [
  ["dev@example.com", "user:dev@example.com"],
  ["Dev@Example.com", "user:dev@example.com"],
  ["invoker@p.iam.gserviceaccount.com", "serviceAccount:invoker@p.iam.gserviceaccount.com"],
  ["1-compute@developer.gserviceaccount.com", "serviceAccount:1-compute@developer.gserviceaccount.com"],
  ["user:dev@example.com", "user:dev@example.com"],
  ["group:g@example.com", "group:g@example.com"],
  ["domain:Example.com", "domain:example.com"],
  ["allUsers", "allUsers"],
  ["principal://iam.googleapis.com/a/subject/B", "principal://iam.googleapis.com/a/subject/B"],
  [undefined, "user:me@example.com"],
] as const) {
  test(`${text ?? "nothing"} means ${member}`, () => {
    assert.equal(memberOf(text, "me@example.com"), member);
  });
}

for (const [text, fix] of [
  ["example.com", "Did you mean domain:example.com?"],
  ["allusers", "Did you mean allUsers?"],
  ["serviceaccount:a@p.iam.gserviceaccount.com", "Did you mean serviceAccount:a@p.iam.gserviceaccount.com?"],
  ["user:a@p.iam.gserviceaccount.com", "Did you mean serviceAccount:a@p.iam.gserviceaccount.com?"],
  ["nobody", /^Give user:/],
  ["user:", /^Give user:/],
  ["", /^Give user:/],
] as const) {
  test(`${JSON.stringify(text)} is no member, and the nearest is named`, () => {
    assert.throws(
      () => memberOf(text, "me@example.com"),
      (error) =>
        error instanceof RunpassError && (typeof fix === "string" ? error.fix === fix : fix.test(error.fix ?? "")),
    );
  });
}

test("without a member and without knowing oneself, there is an error", () => {
  assert.throws(() => memberOf(undefined, undefined), /not known who you are/);
});
