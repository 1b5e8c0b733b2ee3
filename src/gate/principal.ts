import type { Claims } from "./claims.ts";
import type { TraceStep } from "./decision.ts";
import { failed, passed } from "./steps.ts";
import type { Principal } from "./view.ts";

/** What Google does not publish about accounts. */
export interface PrincipalOptions {
  /** Takes a person's token without the claim `email`. Default false. */
  readonly acceptUserWithoutEmail?: boolean;
}

const rule = "principal";
const unknown = failed(rule, "sub is no account that exists", "unknown-account");

/**
 * Whether a token's account may still use it. The account is found by `sub`, as tokens of service accounts need no e-mail in
 * them. That a deleted or disabled account is not verifiable, rather than without permission, follows Google's APIs
 * (`ACCOUNT_STATE_INVALID` in google/api/error_reason.proto); Cloud Run's own answer is not published.
 */
export function judgePrincipal(
  claims: Claims,
  principal: Principal | undefined,
  { acceptUserWithoutEmail = false }: PrincipalOptions = {},
): TraceStep {
  if (!principal) return unknown;
  const { kind, email, state } = principal;
  if (state !== "active") return failed(rule, `${kind}:${email} is ${state}`, "inactive-account");
  if (kind === "user" && claims.email === undefined && !acceptUserWithoutEmail) {
    return failed(
      rule,
      `the token of ${kind}:${email} has no email claim: it was made without the scope email`,
      "user-without-email",
    );
  }
  return passed(rule, `sub is ${kind}:${email}`, "principal");
}
