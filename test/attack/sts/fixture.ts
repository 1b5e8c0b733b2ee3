import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createMovableClock } from "../../../src/core/clock.ts";
import type { MovableClock } from "../../../src/core/clock.ts";
import { createApis } from "../../../src/emulator/api/apis.ts";
import type { ApiAnswer } from "../../../src/emulator/api/route.ts";
import { createState } from "../../../src/emulator/state/create-state.ts";
import type { State } from "../../../src/emulator/state/state.ts";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import type { WorldIdentityProvider } from "../../../src/emulator/world/world-pools.ts";
import { loadCel } from "../../../src/google/cel.ts";

export const issuer: string = "https://issuer.example";
const providerName: string =
  "projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/ci-provider";
export const audience: string = `https://iam.googleapis.com/${providerName}`;

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const signingKey: KeyObject = privateKey;
export const verificationKey: KeyObject = publicKey;

/** A pool with one provider, whose key is ours. */
export interface Target {
  readonly state: State;
  readonly clock: MovableClock;
  /** Claims as they should be. */
  claims(): Record<string, unknown>;
  /** Trades a subject token; `more` replaces parameters of the exchange. */
  exchange(token: string, more?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  /** Asserts that a token is refused with this error, that its text holds nothing of the token, and that nothing was issued. */
  refused(token: string, error: string, description: RegExp, more?: Readonly<Record<string, string>>): Promise<void>;
}

export async function createTarget(provider: Partial<WorldIdentityProvider> = {}): Promise<Target> {
  if (provider.attributeMapping ?? provider.attributeCondition) await loadCel();
  const clock = createMovableClock({ nowMs: () => Date.parse("2026-11-23T12:00:00Z") });
  const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "ours" }] };
  const providers = [{ id: "ci-provider", issuer, jwks, ...provider }];
  const state = createState(
    { ...defaultWorld, workloadIdentityPools: [{ id: "ci-pool", project: "demo-project", providers }] },
    clock,
  );
  const apis = createApis(state);
  const exchange: Target["exchange"] = (token, more) => {
    const form = {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience: `//iam.googleapis.com/${providerName}`,
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      subject_token: token,
      ...more,
    };
    return apis.answer({
      method: "POST",
      authority: "sts.googleapis.com",
      host: "sts.googleapis.com",
      path: "/v1/token",
      query: new URLSearchParams(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from(new URLSearchParams(form).toString()),
    });
  };
  return {
    state,
    clock,
    exchange,
    claims: () => {
      const iat = Math.floor(clock.nowMs() / 1000);
      return { iss: issuer, sub: "repo:acme/web", aud: audience, iat, exp: iat + 3600 };
    },
    refused: async (token, error, description, more) => {
      const { status, body } = await exchange(token, more);
      assert.ok(status >= 400 && status < 500, `${status}`);
      const { error: given, error_description: text } = body as { error: string; error_description: string };
      assert.equal(given, error, text);
      assert.match(text, description);
      for (const part of token.split(".").filter((each) => each.length > 8)) assert.ok(!text.includes(part));
      assert.equal(state.store.list({ name: "accessTokens" }).length, 0);
    },
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token with this header and these claims, signed with `key` or, without one, not at all. */
export function forge(header: object, claims: object, key?: KeyObject): string {
  const content = `${encode(header)}.${encode(claims)}`;
  const signature = key ? sign("RSA-SHA256", Buffer.from(content), key).toString("base64url") : "";
  return `${content}.${signature}`;
}

export const header: Readonly<Record<string, unknown>> = { alg: "RS256", kid: "ours", typ: "JWT" };
