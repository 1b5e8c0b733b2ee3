/** A stable error code. Closed: `switch (error.code)` narrows, and a new code is a change of the public API. */
export type ErrorCode =
  | "unexpected"
  | "invalid_argument"
  | "ambiguous_target"
  | "no_credentials"
  | "credentials_invalid"
  | "credentials_rejected"
  | "login_failed"
  | "reauthentication_required"
  | "grant_revoked"
  | "account_deleted"
  | "account_disabled"
  | "scope_missing"
  | "oauth_client_unknown"
  | "clock_skew"
  | "executable_unusable"
  | "subject_token_unreadable"
  | "metadata_unavailable"
  | "id_token_unavailable"
  | "access_token_unavailable"
  | "token_malformed"
  | "token_untrusted"
  | "token_expired"
  | "audience_mismatch"
  | "audience_not_supported"
  | "permission_denied"
  | "perimeter_refused"
  | "not_found"
  | "already_exists"
  | "policy_rejected"
  | "policy_conflict"
  | "google_unreachable"
  | "call_refused"
  | "child_not_started"
  | "address_in_use"
  | "emulator_not_running"
  | "state_unusable";

/**
 * Every way in which runpass can fail, by stable code. `docs/errors.md` holds the same list and a test compares the two.
 * Exit codes are decided in `cli/`, HTTP statuses at a server's edge; this table only says what a code means.
 */
export const errorCodes: Readonly<Record<ErrorCode, { summary: string; retryable: boolean }>> = {
  unexpected: { summary: "runpass itself failed", retryable: false },
  invalid_argument: { summary: "a flag, argument, file or environment variable is wrong", retryable: false },
  ambiguous_target: { summary: "the name fits several services or regions", retryable: false },
  no_credentials: { summary: "no usable credentials were found", retryable: false },
  credentials_invalid: { summary: "credentials were found but cannot be read or used", retryable: false },
  credentials_rejected: {
    summary: "Google rejected the credentials for another reason than those below",
    retryable: false,
  },
  login_failed: { summary: "the sign-in was refused, given up or not finished in time", retryable: false },
  reauthentication_required: { summary: "the organisation asks for a new sign-in (invalid_rapt)", retryable: false },
  grant_revoked: { summary: "the login was revoked, has expired or is not known", retryable: false },
  account_deleted: { summary: "the account of the credentials does not exist any more", retryable: false },
  account_disabled: { summary: "the account of the credentials is disabled", retryable: false },
  scope_missing: { summary: "the login was made without a scope that is needed", retryable: false },
  oauth_client_unknown: { summary: "Google does not know the OAuth client of the login", retryable: false },
  clock_skew: { summary: "this machine's clock is too far from Google's", retryable: false },
  executable_unusable: { summary: "the executable of an external account may not run, or failed", retryable: false },
  subject_token_unreadable: { summary: "the subject token of an external account cannot be got", retryable: false },
  metadata_unavailable: { summary: "no metadata server answers", retryable: false },
  id_token_unavailable: { summary: "these credentials give no ID token of their own: impersonate", retryable: false },
  access_token_unavailable: { summary: "these credentials open no API of Google's", retryable: false },
  token_malformed: { summary: "what was given is no ID token", retryable: false },
  token_untrusted: { summary: "Google did not sign this ID token, as far as its keys of today tell", retryable: false },
  token_expired: { summary: "the ID token that was given has expired", retryable: false },
  audience_mismatch: { summary: "the ID token that was checked is for another audience", retryable: false },
  audience_not_supported: { summary: "these credentials cannot choose an audience", retryable: false },
  permission_denied: { summary: "IAM denied a permission", retryable: false },
  perimeter_refused: {
    summary: "VPC Service Controls keep the request out, whatever IAM allows",
    retryable: false,
  },
  not_found: { summary: "the service, account, project or file does not exist", retryable: false },
  already_exists: { summary: "something with that name exists already", retryable: false },
  policy_rejected: { summary: "Google refused the policy change", retryable: false },
  policy_conflict: { summary: "the policy kept changing while it was written", retryable: true },
  google_unreachable: { summary: "Google (or the emulator) cannot be reached or fails", retryable: true },
  call_refused: { summary: "the service refused the call", retryable: false },
  child_not_started: { summary: "a program that runpass needs could not be started", retryable: false },
  address_in_use: { summary: "the local port is taken", retryable: false },
  emulator_not_running: { summary: "no running emulator was found", retryable: false },
  state_unusable: {
    summary: "the emulator's stored state is damaged, in use, of a newer version, or cannot be written",
    retryable: false,
  },
};

/** What a {@link RunpassError} is made of. No member may hold a token, key or secret. */
export interface ErrorDetails {
  readonly code: ErrorCode;
  /** What happened: one sentence, no full stop, no secret. */
  readonly message: string;
  /** Why, where it is known: one sentence. */
  readonly why?: string | undefined;
  /** How to go on: a command or one sentence. */
  readonly fix?: string | undefined;
  readonly cause?: unknown;
}

/** The one error class of runpass: what, why, how to go on. Switch over `code`. */
export class RunpassError extends Error {
  readonly code: ErrorCode;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "RunpassError";
    this.code = details.code;
    this.why = details.why;
    this.fix = details.fix;
  }

  /** Whether the same call may succeed later without any change. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}
