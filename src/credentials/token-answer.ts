import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { AccessToken } from "./held-token.ts";

/** A token endpoint's answer, as far as access tokens go. */
export interface AccessTokenAnswer {
  readonly access_token?: unknown;
  /** Seconds. */
  readonly expires_in?: unknown;
}

/**
 * Takes the access token out of an endpoint's answer.
 *
 * @throws {RunpassError} `google_unreachable` where there is none.
 */
export function readAccessToken(context: Context, url: string, answer: AccessTokenAnswer): AccessToken {
  const { access_token: token, expires_in: expiresIn } = answer;
  // What can stand in a header
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new RunpassError({
      code: "google_unreachable",
      message: `${new URL(url).host} answered without an access token`,
      fix: "Run the command again",
    });
  }
  const lifetimeMs = typeof expiresIn === "number" ? expiresIn * 1000 : 0;
  return { token, expiresAtMs: context.clock.nowMs() + lifetimeMs };
}
