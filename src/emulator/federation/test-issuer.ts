import { sign } from "node:crypto";
import type { JsonWebKey } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { PlainEndpoint } from "../api/method.ts";
import type { ApiAnswer } from "../api/route.ts";
import { createKeyPair } from "../keys.ts";
import type { KeyPair } from "../keys.ts";

/** Where the issuer's documents are, through the proxy; on the emulator's own address at the same path. No such name exists outside. */
export const testIssuerHost = "emulator.runpass.test";
/** The `iss` of subject tokens that the emulator mints: it stands for whoever vouches for workloads elsewhere. */
export const testIssuer: string = `https://${testIssuerHost}/issuer`;

/** How long a subject token lives, in seconds, unless another life was asked for. */
export const subjectTokenLifetimeSeconds = 3600;

let pair: Promise<KeyPair> | undefined;

/** Made when it is first asked for, once a process. */
function signingKey(): Promise<KeyPair> {
  pair ??= createKeyPair("emulator-issuer-");
  return pair;
}

/** The public half of the key that signs subject tokens. */
export async function testIssuerKeys(): Promise<readonly JsonWebKey[]> {
  const { kid, publicKey } = await signingKey();
  return [{ ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }];
}

/** What a subject token says. */
export interface SubjectTokenOptions {
  /** Its `sub`. */
  readonly subject: string;
  /** Its `aud`. Default: the first provider of the world that takes the emulator's own tokens. */
  readonly audience?: string;
  /** Further claims, which may replace the usual ones. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Default 3,600. */
  readonly lifetimeSeconds?: number;
}

/** Mints a subject token for an audience. */
export async function mintSubjectToken(
  clock: Clock,
  { subject, audience, claims, lifetimeSeconds = subjectTokenLifetimeSeconds }: SubjectTokenOptions,
): Promise<string> {
  const { kid, privateKey } = await signingKey();
  const iat = Math.floor(clock.nowMs() / 1000);
  const header = { alg: "RS256", kid, typ: "JWT" };
  const payload = { iss: testIssuer, sub: subject, aud: audience, iat, exp: iat + lifetimeSeconds, ...claims };
  const content = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), privateKey).toString("base64url")}`;
}

const discovery = {
  issuer: testIssuer,
  jwks_uri: `${testIssuer}/jwks`,
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
};

/** What others verify its tokens by. Source: OpenID Connect Discovery 1.0. */
export const testIssuerEndpoints: readonly PlainEndpoint[] = [
  { route: "GET /issuer/.well-known/openid-configuration", answer: () => document(discovery) },
  { route: "GET /issuer/jwks", answer: async () => document({ keys: await testIssuerKeys() }) },
];

function document(body: object): ApiAnswer {
  return { status: 200, headers: { server: "runpass" }, body };
}
