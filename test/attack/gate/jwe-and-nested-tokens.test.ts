import { test } from "node:test";
import { assertTokenRefused, encode, header, mint, signText } from "./fixture.ts";

test("an encrypted token (five segments) is refused", () => {
  assertTokenRefused(`${mint()}.AAAA.BBBB`);
  assertTokenRefused(`${encode('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.AAAA.BBBB.CCCC.DDDD`);
});

test("a token inside a token is refused", () => {
  assertTokenRefused(signText(JSON.stringify({ ...header, cty: "JWT" }), mint()));
  assertTokenRefused(`${encode(mint())}.${encode(mint())}.${encode(mint())}`);
});

test("a token in JWS JSON form is refused", () => {
  const [head, payload, signature] = mint().split(".");
  assertTokenRefused(JSON.stringify({ protected: head, payload, signature }));
  assertTokenRefused(JSON.stringify({ token: mint() }));
});
