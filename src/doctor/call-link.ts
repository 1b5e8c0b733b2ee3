import type { Answer, Context } from "../core/context.ts";
import { describeNetworkFailure } from "../google/call.ts";
import { statusOfGooglePage } from "../google/google-page.ts";
import { failed, notApplicable, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";
import { whoStandsBefore } from "./intermediary.ts";
import type { Place } from "./service-links.ts";
import type { Walk } from "./walk.ts";

/** What a real request met. */
export interface LiveCall {
  /** Whose answer it was: the app's, or that of somebody before it. `nobody`: no answer came. */
  readonly by: "google" | "IAP" | "proxy" | "app" | "nobody";
  readonly host: string;
  readonly status?: number;
  /** Whether it carried a token: without one, a 403 says nothing of the caller. */
  readonly withToken: boolean;
  /** Why no answer came. */
  readonly cause?: unknown;
}

/** Makes the call itself, where there is a place that tokens may be sent to. */
export async function lookAtCall(
  { context, options }: Walk,
  { origin, takesTokens }: Place,
  token: string | undefined,
): Promise<LiveCall | undefined> {
  if (origin === undefined || !takesTokens) return undefined;
  return callService(context, origin + (options.path ?? options.target.path), token);
}

/** More than any page of the front end. */
const longestPage = 10_000;

/** Sends one GET with the token, and tells whose answer comes back. No body is kept, and none of an app's is waited for. */
export async function callService(context: Context, url: string, token: string | undefined): Promise<LiveCall> {
  const call = { host: new URL(url).host, withToken: token !== undefined };
  try {
    const response = await context.fetch(url, {
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      ...(context.signal ? { signal: context.signal } : {}),
    });
    return { ...call, by: await whoAnswered(response), status: response.status };
  } catch (cause) {
    return { ...call, by: "nobody", cause };
  }
}

async function whoAnswered(response: Answer): Promise<LiveCall["by"]> {
  const { status, headers, body } = response;
  const mayBePage = [401, 403, 404].includes(status) && /^text\/html\b/i.test(headers.get("content-type") ?? "");
  if (mayBePage && statusOfGooglePage(await readStart(response)) === status) return "google";
  if (!mayBePage) await body?.cancel();
  return whoStandsBefore(status, headers) ?? "app";
}

async function readStart({ body }: Answer): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestPage) break;
  }
  return text;
}

export function judgeCall(live: LiveCall | undefined): Finding {
  if (!live) return notApplicable("call", "no request is sent: where to is not known, or not whose it is");
  const { by, host, status, withToken, cause } = live;
  const sent = withToken ? "" : " (no token could be sent)";
  switch (by) {
    case "nobody":
      return failed("call", `${host} cannot be reached: ${describeNetworkFailure(cause)}`);
    case "google":
      return failed(
        "call",
        `Google's front end answered ${status} with a page of its own: the request did not reach the app${sent}`,
      );
    case "IAP":
      return failed("call", `Identity-Aware Proxy answered ${status}: the request did not reach the app${sent}`);
    case "proxy":
      return failed("call", `a proxy on the way answered ${status}: the request did not reach Google`);
    case "app":
      return passed("call", `the request reached the app, which answered ${status}${sent}`);
  }
}
