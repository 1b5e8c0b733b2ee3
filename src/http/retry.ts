import { setTimeout as wait } from "node:timers/promises";
import type { Answer, Fetch } from "../core/context.ts";

/** Time and chance, which tests give themselves. */
export interface RetryTiming {
  wait(delayMs: number, signal: AbortSignal | undefined): Promise<void>;
  /** From 0 up to 1. */
  random(): number;
  nowMs(): number;
}

const realTiming: RetryTiming = {
  wait: async (delayMs, signal) => wait(delayMs, undefined, signal ? { signal } : {}),
  random: Math.random,
  nowMs: Date.now,
};

const maxAttempts = 4;
const firstDelayMs = 250;
/** Whoever asks for a longer pause gets none: the answer is handed on. */
const longestDelayMs = 30_000;

/**
 * A `fetch` that tries again after 429, 5xx, lost connections and answers that break off, up to four times in all, with exponential back-off and full
 * jitter, or as `retry-after` says. Other than after 429, which says that nothing was done, only what is safe to repeat is
 * repeated: RFC 9110's idempotent methods, and POSTs that only read or mint.
 */
export function retrying(fetch: Fetch, given: Partial<RetryTiming> = {}): Fetch {
  const timing = { ...realTiming, ...given };
  return async (url, init = {}) => {
    const repeatable = isRepeatable(url, init);
    const signal = init.signal ?? undefined;
    for (let attempt = 1; ; attempt++) {
      const delayMs = timing.random() * firstDelayMs * 2 ** attempt;
      let response: Answer;
      try {
        response = await fetch(url, init);
        // An answer that breaks off is none. Google's are short.
        if (repeatable && response.ok) response = await readWhole(response);
      } catch (error) {
        if (attempt === maxAttempts || !repeatable || !isLostConnection(error)) throw error;
        await timing.wait(delayMs, signal);
        continue;
      }
      const askedMs = parseRetryAfter(response.headers.get("retry-after"), timing.nowMs());
      const mayRepeat =
        response.status === 429 ? !isStream(init.body) : repeatable && passingStatuses.has(response.status);
      if (attempt === maxAttempts || !mayRepeat || (askedMs ?? 0) > longestDelayMs) return response;
      await response.body?.cancel();
      await timing.wait(Math.max(delayMs, askedMs ?? 0), signal);
    }
  };
}

async function readWhole(answer: Answer): Promise<Answer> {
  const { ok, status, headers } = answer;
  const whole = await answer.text();
  return { ok, status, headers, body: null, text: async () => whole, json: async () => JSON.parse(whole) as unknown };
}

const passingStatuses: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

const idempotentMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** Google's POSTs that change nothing: token endpoints, and these methods. */
const harmlessPost = /(?:\/(?:oauth)?token|:(?:generateIdToken|generateAccessToken|getIamPolicy|testIamPermissions))$/;

function isRepeatable(url: string, { method = "GET", body }: RequestInit): boolean {
  if (isStream(body)) return false;
  if (idempotentMethods.has(method.toUpperCase())) return true;
  return method.toUpperCase() === "POST" && harmlessPost.test(new URL(url).pathname);
}

function isStream(body: unknown): boolean {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** Not what took too long: four times that is too long for anybody. */
const lostConnectionCodes: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "EAI_AGAIN"]);

/** The code is with the innermost cause: `fetch` itself says only "fetch failed". */
function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && lostConnectionCodes.has(code)) || isLostConnection(error.cause);
}

/** Seconds or an HTTP date, as milliseconds to wait. Source: RFC 9110 §10.2.3. */
function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const instantMs = Date.parse(value);
  return Number.isNaN(instantMs) ? undefined : instantMs - nowMs;
}
