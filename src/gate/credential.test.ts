import assert from "node:assert/strict";
import { test } from "node:test";
import { readCredential } from "./credential.ts";

const read = (...rawHeaders: string[]): string => {
  const credential = readCredential(rawHeaders);
  return credential.kind === "token" ? `${credential.header} ${credential.token}` : credential.kind;
};

test("the token is found in either header, names and scheme in any case", () => {
  assert.equal(read("Accept", "*/*", "Authorization", "Bearer a.b.c"), "authorization a.b.c");
  assert.equal(read("x-serverless-AUTHORIZATION", "bEARER   a.b.c"), "x-serverless-authorization a.b.c");
});

test("X-Serverless-Authorization wins wherever it stands and whatever it holds", () => {
  assert.equal(
    read("Authorization", "Bearer a", "X-Serverless-Authorization", "Bearer b"),
    "x-serverless-authorization b",
  );
  assert.equal(read("X-Serverless-Authorization", "Basic b", "Authorization", "Bearer a"), "unusable");
  assert.equal(read("X-Serverless-Authorization", "", "Authorization", "Bearer a"), "none");
});

test("nothing and empty are no credential", () => {
  assert.equal(read(), "none");
  assert.equal(read("Authorization", ""), "none");
  assert.equal(read("Authorization", " \t "), "none");
  assert.equal(read("Proxy-Authorization", "Bearer a"), "none");
});

test("another scheme, a bare scheme and several headers are unusable", () => {
  for (const value of ["Basic eA==", "Bearer", "Bearer  ", "Bearera", "Bearer\ta", "a.b.c"]) {
    assert.equal(read("Authorization", value), "unusable", value);
  }
  assert.equal(read("Authorization", "Bearer a", "authorization", "Bearer a"), "unusable");
});
