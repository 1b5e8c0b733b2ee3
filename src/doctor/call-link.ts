import type { Context } from "../core/context.ts";
import { describeNetworkFailure } from "../google/call.ts";
import { statusOfGooglePage } from "../google/google-page.ts";
import { failed, passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What a real request met. */
export interface LiveCall {
  /** Whose answer it was: Google's front end refused it, or it reached the app. `nobody`: no answer came. */
  readonly by: "google" | "app" | "nobody";
  readonly status?: number;
  /** Whether it carried a token: without one, a 403 says nothing of the caller. */
  readonly withToken: boolean;
  readonly findings: readonly Finding[];
}

/** How far a clock may be off before tokens suffer: well below the five minutes that Google's libraries forgive. */
const tolerableSkewMs = 60_000;

/** Sends one GET with the token, and tells Google's own pages from the app's answers. The body is not kept. */
export async function callService(context: Context, url: string, token: string | undefined): Promise<LiveCall> {
  let response: Response;
  let body: string;
  try {
    response = await context.fetch(url, {
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(context.signal ? { signal: context.signal } : {}),
    });
    body = await response.text();
  } catch (cause) {
    const detail = `${new URL(url).host} cannot be reached: ${describeNetworkFailure(cause)}`;
    return { by: "nobody", withToken: token !== undefined, findings: [failed("call", detail)] };
  }
  const { status } = response;
  const sent = token === undefined ? " (no token could be sent)" : "";
  const isGoogles = statusOfGooglePage(body) === status;
  const what = isGoogles
    ? failed(
        "call",
        `Google's front end answered ${status} with a page of its own: the request did not reach the app${sent}`,
      )
    : passed("call", `the request reached the app, which answered ${status}${sent}`);
  return {
    by: isGoogles ? "google" : "app",
    status,
    withToken: token !== undefined,
    findings: [judgeClock(response, context), what],
  };
}

function judgeClock({ headers }: Response, { clock }: Context): Finding {
  const theirsMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(theirsMs)) return unknown("clock", "the answer does not say what time it is there");
  const offMs = clock.nowMs() - theirsMs;
  const seconds = Math.round(Math.abs(offMs) / 1000);
  return Math.abs(offMs) <= tolerableSkewMs
    ? passed("clock", "this machine's clock agrees with theirs")
    : failed("clock", `this machine's clock is ${seconds} s ${offMs > 0 ? "ahead of" : "behind"} theirs`);
}
