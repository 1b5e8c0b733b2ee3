import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { createTokenVerifier } from "./token-cache.ts";
import type { GateView } from "./view.ts";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const unused = (): never => {
  throw new Error("not asked here");
};

function createView(): GateView & { revision: number; lookups: number } {
  return {
    revision: 1,
    lookups: 0,
    verificationKey(kid) {
      this.lookups += 1;
      return kid === "k" ? publicKey : undefined;
    },
    serviceByHost: unused,
    principalBySubject: unused,
    policiesOf: unused,
    groupsOf: unused,
  };
}

function mint(serial: number): string {
  const claims = { iss: "https://accounts.google.com", aud: "a", sub: "1", iat: 0, exp: 3600, serial };
  const content = [{ alg: "RS256", kid: "k" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), privateKey).toString("base64url")}`;
}

test("a token that comes again is not verified again while the world stands", () => {
  const view = createView();
  const verify = createTokenVerifier(view);
  const token = mint(1);
  const first = verify(token);
  assert.equal(typeof first, "object");
  assert.equal(verify(token), first);
  assert.equal(view.lookups, 1);
});

test("when the world has changed, the key of a kept token is looked up once", () => {
  const view = createView();
  const verify = createTokenVerifier(view);
  const token = mint(1);
  const first = verify(token);
  view.revision += 1;
  assert.equal(verify(token), first);
  assert.equal(verify(token), first);
  assert.equal(view.lookups, 2);
});

test("a bad token is not kept, and does not drive out a good one with the same ending", () => {
  const view = createView();
  const verify = createTokenVerifier(view);
  const token = mint(1);
  const first = verify(token);
  const forged = `${mint(2).split(".").slice(0, 2).join(".")}.${token.split(".")[2]}`;
  assert.equal(typeof verify(forged), "string");
  assert.equal(typeof verify(forged), "string");
  assert.equal(verify(token), first);
  assert.equal(view.lookups, 3);
});

test("the memory is bounded, and a token in use outlives the others", () => {
  const view = createView();
  const verify = createTokenVerifier(view);
  const used = mint(0);
  const idle = mint(1);
  verify(idle);
  for (let serial = 2; serial < 1600; serial += 1) {
    verify(mint(serial));
    verify(used);
  }
  const { lookups } = view;
  verify(used);
  assert.equal(view.lookups, lookups);
  verify(idle);
  assert.equal(view.lookups, lookups + 1);
});
