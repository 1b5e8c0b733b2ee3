import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { anyCharacter } from "../../support/any-character.ts";
import { assertNoToken, createFixture, mint } from "./fixture.ts";

const { gate, world } = createFixture();
const good = mint();
const [head = "", payload = "", signature = ""] = good.split(".");
const anyText = fc.string({ unit: anyCharacter, maxLength: 300 });
const segment = fc.oneof(
  fc.constantFrom(head, payload, signature, "", "e30"),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
  fc.json().map((json) => Buffer.from(json).toString("base64url")),
  anyText,
);
const anyToken = fc.oneof(
  anyText,
  fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  fc.array(segment, { maxLength: 5 }).map((segments) => segments.join(".")),
);

test("no text but a token that Google signed is admitted, and none makes the gate throw", () => {
  fc.assert(
    fc.property(anyToken, fc.constantFrom("Authorization", "X-Serverless-Authorization"), (token, header) => {
      fc.pre(token.trim() !== good);
      const decision = gate.decide({
        method: "GET",
        host: world.service.urls[0]?.slice(8) ?? "",
        path: "/",
        rawHeaders: [header, `Bearer ${token}`],
      });
      assert.equal(decision.allowed, false);
      assertNoToken(decision, good);
    }),
    { numRuns: 2000 },
  );
});

test("no request whatever makes the gate throw, and none without the token is admitted", () => {
  const anyHeaders = fc.array(
    fc.oneof(anyText, fc.constantFrom("Authorization", "x-serverless-authorization", "Bearer", "Bearer "), anyToken),
  );
  const anyRequest = fc.record({
    method: anyText,
    host: fc.oneof(anyText, fc.constant("web-123456789012.us-central1.run.app")),
    path: anyText,
    rawHeaders: anyHeaders,
  });
  fc.assert(
    fc.property(anyRequest, (request) => {
      fc.pre(!request.rawHeaders.some((text) => text.includes(good)));
      assert.equal(gate.decide(request).allowed, false);
    }),
    { numRuns: 2000 },
  );
});

test("claims of any kind make no gate throw, and admit nobody whom the good ones would not", () => {
  const names = fc.constantFrom("iss", "aud", "sub", "exp", "iat", "nbf", "azp", "email", "email_verified");
  fc.assert(
    fc.property(names, fc.jsonValue(), (claim, value) => {
      const decision = gate.decide({
        method: "GET",
        host: world.service.urls[0]?.slice(8) ?? "",
        path: "/",
        rawHeaders: ["Authorization", `Bearer ${mint({ [claim]: value })}`],
      });
      const harmless = { azp: "string", email: "string", email_verified: "boolean", iat: "number", nbf: "number" };
      if (decision.allowed) assert.equal(typeof value, harmless[claim as keyof typeof harmless]);
    }),
    { numRuns: 300 },
  );
});
