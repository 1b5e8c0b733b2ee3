import { generateKeyPairSync, sign, verify } from "node:crypto";
import { OAuth2Client } from "google-auth-library";
import { jwtVerify } from "jose";
import { createGate } from "../src/gate/gate.ts";
import type { GateRequest, GateView } from "../src/gate/gate.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 61;
const tokensARound = 200;

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const kid = "bench-key";
const host = "web-123456789012.us-central1.run.app";
const audience = `https://${host}`;
const issuer = "https://accounts.google.com";
const nowMs = Date.now();

/** Decisions of the gate a second, for tokens that it has not seen and for one that it has, each against what does less or the same. */
export async function benchGate(): Promise<Row[]> {
  const gate = createGate(view(), { nowMs: () => nowMs });
  const libraries = new OAuth2Client();
  const certificates = { [kid]: publicKey.export({ format: "pem", type: "spki" }).toString() };
  const repeated = request(mint(-1));
  const rates: Record<"gate" | "bare" | "jose" | "google" | "repeated", number[]> = {
    gate: [],
    bare: [],
    jose: [],
    google: [],
    repeated: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    const tokens = Array.from({ length: tokensARound }, (_, index) => mint(round * tokensARound + index));
    rates.bare.push(rate(tokens, signedParts, ([data, signature]) => verify("RSA-SHA256", data, publicKey, signature)));
    rates.gate.push(rate(tokens, request, (one) => gate.decide(one).allowed));
    rates.repeated.push(
      rate(
        tokens,
        () => repeated,
        (one) => gate.decide(one).allowed,
      ),
    );
    rates.jose.push(
      await rateAsync(tokens, (token) => jwtVerify(token, publicKey, { audience, issuer, algorithms: ["RS256"] })),
    );
    rates.google.push(
      await rateAsync(tokens, (token) =>
        libraries.verifySignedJwtWithCertsAsync(token, certificates, audience, [issuer]),
      ),
    );
  }
  const row = (subject: string, value: readonly number[], baseline: string, against: readonly number[]): Row => ({
    subject,
    baseline,
    unit: "decisions/s",
    value: median(value),
    baselineValue: median(against),
  });
  return [
    {
      ...row("gate, new tokens", rates.gate, "bare crypto.verify", rates.bare),
      goal: { of: "ratio", atLeast: 0.8 },
    },
    row("gate, new tokens", rates.gate, "jose jwtVerify", rates.jose),
    row("gate, new tokens", rates.gate, "google-auth-library", rates.google),
    {
      ...row("gate, a repeated token", rates.repeated, "bare crypto.verify", rates.bare),
      goal: { of: "value", atLeast: 100_000 },
    },
  ];
}

/**
 * Only `judge` is timed. What it works on is made right before, as a server's requests are when they come in: of many that were
 * made beforehand, it would be measured how fast memory is.
 */
function rate<T>(tokens: readonly string[], prepare: (token: string) => T, judge: (prepared: T) => boolean): number {
  let spentMs = 0;
  for (const token of tokens) {
    const prepared = prepare(token);
    const beganMs = performance.now();
    const isGood = judge(prepared);
    spentMs += performance.now() - beganMs;
    mustBe(isGood);
  }
  return (tokens.length / spentMs) * 1000;
}

/** One after the other, as a server does that answers one request at a time. */
async function rateAsync(tokens: readonly string[], action: (token: string) => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  for (const token of tokens) await action(token);
  return (tokens.length / (performance.now() - beganMs)) * 1000;
}

function mustBe(value: boolean): void {
  if (!value) throw new Error("a good token was refused: the figures mean nothing");
}

function signedParts(token: string): readonly [content: Buffer, signature: Buffer] {
  const lastDot = token.lastIndexOf(".");
  return [Buffer.from(token.slice(0, lastDot)), Buffer.from(token.slice(lastDot + 1), "base64url")];
}

/** A request as a browser's or a library's: a dozen headers. */
function request(token: string): GateRequest {
  const others = Array.from({ length: 10 }, (_, index) => [`X-Header-${index}`, `value ${index}`]).flat();
  const rawHeaders = ["Host", host, ...others, "Authorization", asReceived(`Bearer ${token}`)];
  return { method: "GET", host, path: "/", rawHeaders };
}

/** In one piece, as text comes from a connection: putting the pieces of a string together is not the gate's work. */
function asReceived(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function mint(serial: number): string {
  const header = { alg: "RS256", kid, typ: "JWT" };
  const iat = Math.floor(nowMs / 1000);
  const email = "invoker@demo-project.iam.gserviceaccount.com";
  const sub = "112233445566778899001";
  const claims = {
    iss: issuer,
    aud: audience,
    azp: sub,
    sub,
    email,
    email_verified: true,
    iat,
    exp: iat + 3600,
    serial,
  };
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return asReceived(`${content}.${sign("RSA-SHA256", Buffer.from(content), privateKey).toString("base64url")}`);
}

/** One service, with a project above it. */
function view(): GateView {
  const name = "projects/demo-project/locations/us-central1/services/web";
  const email = "invoker@demo-project.iam.gserviceaccount.com";
  const principal = { kind: "serviceAccount", email, subject: "112233445566778899001", state: "active" } as const;
  const service = {
    name,
    urls: [audience],
    customAudiences: [],
    ingress: "INGRESS_TRAFFIC_ALL",
    invokerIamDisabled: false,
    defaultUriDisabled: false,
  } as const;
  const bindings = [{ role: "roles/run.invoker", members: ["user:dev@example.com", `serviceAccount:${email}`] }];
  return {
    revision: 1,
    serviceByHost: (asked) => (asked === host ? service : undefined),
    verificationKey: (asked) => (asked === kid ? publicKey : undefined),
    principalBySubject: (subject) => (subject === principal.subject ? principal : undefined),
    policiesOf: (resource) => [
      { resource, policy: { bindings } },
      { resource: "projects/demo-project", policy: { bindings: [] } },
    ],
    groupsOf: () => new Set(),
  };
}
