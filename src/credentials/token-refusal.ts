import type { ErrorCode } from "../core/errors.ts";
import { RunpassError } from "../core/errors.ts";
import type { OAuthError } from "../google/oauth.ts";
import type { TokenParty } from "./token-party.ts";

/** What a token endpoint's refusal means for whoever must go on. */
interface Meaning {
  readonly code: ErrorCode;
  /** Matched with `error`, `error_subtype` and `error_description`, each between two spaces, in small letters. */
  readonly words: RegExp;
  message(party: TokenParty): string;
  /** Default: the party's own. */
  fix?(party: TokenParty): string;
}

/** In this order: Google puts nearly everything under `invalid_grant`, and only the description tells. Texts observed. */
const meanings: readonly Meaning[] = [
  {
    code: "reauthentication_required",
    words: /\b(?:invalid_rapt|rapt_required)\b/,
    message: ({ source }) => `Google asks for a new sign-in of ${source}`,
  },
  {
    code: "oauth_client_unknown",
    words: /\b(?:invalid_client|deleted_client|disabled_client)\b/,
    message: ({ source }) => `Google does not take the OAuth client of ${source}`,
  },
  {
    code: "clock_skew",
    words: /short-lived token|reasonable timeframe/,
    message: ({ source }) => `Google refuses the time at which ${source} signed`,
    fix: () => "Set this machine's clock, for example by NTP, and run the command again",
  },
  {
    code: "account_deleted",
    words: /account has been deleted|account not found|invalid email or user id/,
    message: ({ source }) => `The account of ${source} does not exist any more`,
    fix: ({ account }) =>
      account === undefined
        ? "Log in with another account, or have this one restored"
        : "Use another account, or restore this one within 30 days: gcloud iam service-accounts undelete UNIQUE_ID",
  },
  {
    code: "account_disabled",
    words: /\b(?:account|user|principal)\b.*\b(?:disabled|suspended)\b/,
    message: ({ source }) => `The account of ${source} is disabled`,
    fix: ({ account }) =>
      account === undefined
        ? "Ask your administrator, or log in with another account"
        : `Enable it: gcloud iam service-accounts enable ${account}`,
  },
  {
    code: "scope_missing",
    words: /\b(?:invalid_scope|restricted_client)\b/,
    message: ({ source }) => `The login of ${source} lacks a scope that is needed`,
  },
  {
    code: "grant_revoked",
    words: /expired or revoked|^ invalid_grant {2,}bad request /,
    message: ({ source }) => `The login of ${source} is no longer good`,
  },
];

/**
 * The error for a refusal.
 *
 * @param why Google's own words, cleaned.
 * @param clockLeadMs How far this machine's clock is ahead of the endpoint's, where the answer told.
 */
export function explainTokenRefusal(
  error: OAuthError,
  party: TokenParty,
  why: string,
  clockLeadMs: number | undefined,
): RunpassError {
  const words = [error.error, error.error_subtype, error.error_description]
    .map((text) => ` ${typeof text === "string" ? text : ""} `)
    .join("")
    .toLowerCase();
  const meaning = meanings.find(
    ({ words: pattern, code }) => pattern.test(words) && (code !== "grant_revoked" || party.isGrant !== false),
  );
  if (!meaning) {
    return new RunpassError({
      code: "credentials_rejected",
      message: `Google rejected ${party.source}`,
      why,
      fix: party.fix,
    });
  }
  const lead = meaning.code === "clock_skew" ? describeLead(clockLeadMs) : undefined;
  return new RunpassError({
    code: meaning.code,
    message: meaning.message(party),
    why: lead === undefined ? why : `${lead}: ${why}`,
    fix: meaning.fix?.(party) ?? party.fix,
  });
}

function describeLead(leadMs: number | undefined): string | undefined {
  const minutes = Math.round(Math.abs(leadMs ?? 0) / 60_000);
  if (leadMs === undefined || minutes === 0) return undefined;
  return `this machine's clock is ${minutes} min ${leadMs > 0 ? "ahead of" : "behind"} Google's`;
}
