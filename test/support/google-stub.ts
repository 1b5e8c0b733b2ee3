import type { TestContext } from "node:test";
import { createMovableClock } from "../../src/core/clock.ts";
import type { MovableClock } from "../../src/core/clock.ts";
import type { Context } from "../../src/core/context.ts";
import { startBackend } from "./loopback.ts";

/** A request as a stub saw it. */
export interface StubRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is text. */
  readonly body: unknown;
}

/** A server of the test's own in Google's place, and a client's context that knows nothing else. */
export interface GoogleStub {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly requests: StubRequest[];
  readonly clock: MovableClock;
  context(variables?: Readonly<Record<string, string>>): Context;
}

/** Starts a stub whose answers a test gives. Every host that the client asks for is led there by `context`. */
export async function startGoogleStub(
  t: TestContext,
  answer: (request: StubRequest) => StubAnswer | Promise<StubAnswer>,
): Promise<GoogleStub> {
  const requests: StubRequest[] = [];
  const backend = await startBackend((incoming, response) => {
    let body = "";
    incoming.on("data", (chunk) => (body += String(chunk)));
    incoming.on("end", () => {
      const request = { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers, body };
      requests.push(request);
      void (async () => {
        const { status = 200, headers = {}, body: content } = await answer(request);
        response.writeHead(status, headers).end(typeof content === "string" ? content : JSON.stringify(content));
      })();
    });
  });
  t.after(async () => backend[Symbol.asyncDispose]());
  const { origin } = backend.url;
  const clock = createMovableClock({ nowMs: () => Date.UTC(2026, 0, 1) });
  return {
    origin,
    requests,
    clock,
    context: (variables = {}) => ({
      environment: { variables, homeDir: "/nonexistent", platform: process.platform },
      clock,
      fetch: async (url, init) => fetch(origin + new URL(url).pathname + new URL(url).search, init ?? {}),
      log: { debug: () => {}, info: () => {}, warn: () => {} },
    }),
  };
}

/** A JWT that nobody has signed. */
export function unsignedToken(claims: Readonly<Record<string, unknown>>): string {
  const segments = [{ alg: "RS256" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...segments, "c2ln"].join(".");
}
