import { whoStandsBefore } from "./intermediary.ts";
import { statusOfGooglePage } from "../google/google-page.ts";

/** What a pasted response is. */
export interface PastedVerdict {
  /** Whose answer it is. */
  readonly by: "google" | "IAP" | "proxy" | "app" | "unknown";
  readonly status?: number;
  /** What it means, in a sentence. */
  readonly meaning: string;
  /** How to go on. */
  readonly next: string;
}

/**
 * Explains a response that somebody pasted: the output of `curl -i`, or a page alone. Asks nobody and needs no login.
 */
export function explainPasted(text: string): PastedVerdict {
  // `curl -v` puts a mark before each line of the head.
  const heads = [...text.matchAll(/^(?:< )?HTTP\/[\d.]+ (\d{3})/gm)];
  const last = heads.at(-1);
  const said = last?.[1] === undefined ? undefined : Number(last[1]);
  const rest = (last ? text.slice(last.index) : text).replace(/^< /gm, "");
  const before = said === undefined ? undefined : whoStandsBefore(said, headersIn(rest));
  if (before && said !== undefined) return explainIntermediary(before, said);
  const isToken = /^www-authenticate:.*error="invalid_token".*The access token could not be verified/im.test(rest);
  const page = statusOfGooglePage(rest) ?? (isToken && said === 401 ? 401 : undefined);
  if (page === undefined || (said !== undefined && said !== page)) return notGoogles(said);
  const next = "With the service and your login runpass finds out which: runpass doctor SERVICE";
  switch (page) {
    case 401:
      return {
        by: "google",
        status: 401,
        meaning:
          "Google could not verify the credential: the token is expired, not Google's, damaged, an access token, or made out to another audience",
        next,
      };
    case 403:
      return {
        by: "google",
        status: 403,
        meaning:
          "Google refused the caller: no credential came with the request, or its principal lacks run.routes.invoke on the service",
        next,
      };
    case 404:
      return {
        by: "google",
        status: 404,
        meaning:
          "Google's front end knows no service there, or does not let the caller's network in: no such address, the default address switched off, the ingress, or a reserved path",
        next,
      };
  }
}

function headersIn(response: string): Headers {
  const headers = new Headers();
  const [, ...lines] = (response.split(/\r?\n\r?\n/, 1)[0] ?? "").split(/\r?\n/);
  for (const line of lines) {
    const [, name, value] = /^([\w-]+): *([\x20-\x7e]*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) headers.append(name, value);
  }
  return headers;
}

function explainIntermediary(by: "IAP" | "proxy", status: number): PastedVerdict {
  return by === "IAP"
    ? {
        by,
        status,
        meaning: "Identity-Aware Proxy stands before the service, and takes only tokens for its own audience",
        next: "Call it with such a token: runpass curl SERVICE --audience IAP_CLIENT_ID --as SERVICE_ACCOUNT",
      }
    : {
        by,
        status,
        meaning: "a proxy on the way answered, and the request did not reach Google",
        next: "Ask whoever runs the proxy, or set NO_PROXY for run.app hosts",
      };
}

function notGoogles(status: number | undefined): PastedVerdict {
  if (status === undefined) {
    return {
      by: "unknown",
      meaning: "this is no response: neither a status line nor a page of Google's front end is in it",
      next: "Paste the output of curl -i",
    };
  }
  const meaning =
    status < 400
      ? `the call was let through, and the app answered ${status}`
      : `the app itself, or something else before it, answered ${status}: it is not a page of Google's front end`;
  return { by: "app", status, meaning, next: "Look into the app and its logs" };
}
