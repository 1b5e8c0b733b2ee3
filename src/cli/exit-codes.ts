import type { ErrorCode } from "../core/errors.ts";

/** What the process ends with. A public contract: `docs/cli.md` prints this table. */
export const exitCodes: Readonly<Record<ExitCode, string>> = {
  0: "done",
  1: "unexpected",
  2: "usage",
  3: "no usable credentials",
  4: "permission denied by IAM",
  5: "not found",
  6: "Google unreachable or failing: try again",
  7: "the service refused the call",
};

export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Where a command passes a child's own exit code on, our own failures must not look like one of the child's. */
export const ownFailureBesideChild = 125;

const exitCodeOfError: Readonly<Record<ErrorCode, ExitCode>> = {
  unexpected: 1,
  child_not_started: 1,
  address_in_use: 1,
  state_unusable: 1,
  invalid_argument: 2,
  ambiguous_target: 2,
  already_exists: 2,
  policy_rejected: 2,
  no_credentials: 3,
  credentials_invalid: 3,
  credentials_rejected: 3,
  login_failed: 3,
  reauthentication_required: 3,
  grant_revoked: 3,
  account_deleted: 3,
  account_disabled: 3,
  scope_missing: 3,
  oauth_client_unknown: 3,
  clock_skew: 3,
  executable_unusable: 3,
  subject_token_unreadable: 3,
  metadata_unavailable: 3,
  id_token_unavailable: 3,
  access_token_unavailable: 3,
  token_malformed: 3,
  token_untrusted: 3,
  token_expired: 3,
  audience_not_supported: 3,
  permission_denied: 4,
  perimeter_refused: 4,
  not_found: 5,
  emulator_not_running: 5,
  google_unreachable: 6,
  policy_conflict: 6,
  call_refused: 7,
  audience_mismatch: 7,
};

/** The exit code for an error. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return exitCodeOfError[code];
}
