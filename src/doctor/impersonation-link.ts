import type { Effective } from "../access/effective.ts";
import type { Resource } from "../access/resource.ts";
import type { IdToken } from "../tokens/id-tokens.ts";
import type { Identity } from "./credential-link.ts";
import { failed, notApplicable, passed, toldBy, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { Policies } from "./policy-link.ts";
import type { Walk } from "./walk.ts";
import { isApiDisabled } from "./walk.ts";

/** One step of a chain of accounts: who must have which permission on which account. */
export interface Hop {
  readonly member: string;
  readonly account: Resource & { readonly kind: "account" };
  readonly permission: string;
  readonly isLast: boolean;
  /** What the policies say; absent where they were not read. */
  readonly effective?: Effective | undefined;
}

/** Every step from the caller to the account of `--as`. Source: IAM Credentials v1, `generateIdToken`, `delegates`. */
export async function readHops(
  { impersonate = [] }: Walk["options"],
  { self }: Identity,
  policies: Policies | undefined,
): Promise<readonly Hop[]> {
  return Promise.all(
    impersonate.map(async (email, index): Promise<Hop> => {
      const previous = impersonate[index - 1];
      const member = previous === undefined ? self : `serviceAccount:${previous}`;
      const account = { kind: "account", email } as const;
      const isLast = index === impersonate.length - 1;
      const permission = isLast ? "iam.serviceAccounts.getOpenIdToken" : "iam.serviceAccounts.implicitDelegation";
      const effective = member === undefined ? undefined : await policies?.decide(account, member, permission);
      return { member: member ?? "the caller", account, permission, isLast, effective };
    }),
  );
}

/** Whether it is for want of a permission that the account cannot be acted as, and not for another reason. */
export function isRefusedByPolicy({ errors }: Pick<Walk, "errors">): boolean {
  const error = errors.get("impersonation");
  return error?.code === "permission_denied" && !isApiDisabled(error);
}

/** Steps that policies surely do not allow. */
export function brokenHops(hops: readonly Hop[]): readonly Hop[] {
  return hops.filter(({ effective }) => effective?.outcome === "none" || effective?.outcome === "denied");
}

/** No deny policy that could not be read may take it again. */
export function isSurelyAllowed(effective: Effective | undefined): boolean {
  return effective?.outcome === "allowed" && effective.unless.length === 0;
}

/**
 * Whether a permission is missing on the way to the account: a token was refused, or one is at hand from before and the next
 * would be.
 */
export function isBarred(walk: Pick<Walk, "errors">, hops: readonly Hop[], token: IdToken | undefined): boolean {
  return isRefusedByPolicy(walk) || (token?.source === "cache" && brokenHops(hops).length > 0);
}

/** Policies allow every step, and the refusal is only the time that changes take. */
export function isOnItsWay(walk: Pick<Walk, "errors">, hops: readonly Hop[]): boolean {
  return isRefusedByPolicy(walk) && hops.every(({ effective }) => isSurelyAllowed(effective));
}

export function judgeImpersonation(
  walk: Walk,
  { self, credential }: Identity,
  hops: readonly Hop[],
  token: IdToken | undefined,
): Finding {
  const last = hops.at(-1);
  if (!last) return notApplicable("impersonation", "the call is made as oneself");
  if (token && !isBarred(walk, hops, token)) {
    const { effective } = last;
    const by =
      effective?.outcome === "allowed"
        ? `: ${effective.through.binding.role} on ${effective.through.resource} for ${effective.through.member}${toldBy(effective)}`
        : "";
    return passed("impersonation", `${self ?? "the caller"} may make ID tokens of ${last.account.email}${by}`);
  }
  if (!credential) return unknown("impersonation", "without credentials nobody can be acted as");
  const failure = walk.failure("impersonation") ?? unknown("impersonation", "no token was asked for");
  if (!isBarred(walk, hops, token)) return failure;
  const broken = brokenHops(hops);
  const lacking = broken.map(
    ({ member, permission, account, effective }) =>
      (effective?.outcome === "denied"
        ? `${effective.by.policy} on ${effective.by.resource} denies ${permission} to ${effective.by.principal}`
        : `${member} lacks ${permission} on ${account.email}`) + toldBy(effective),
  );
  const doubted = hops
    .filter((hop) => !broken.includes(hop) && !isSurelyAllowed(hop.effective))
    .map(({ member, permission, account }) => `whether ${member} has ${permission} on ${account.email} is not known`);
  const until = token ? ` (a token from before is good until ${new Date(token.expiresAtMs).toISOString()})` : "";
  return {
    ...(lacking.length > 0 ? failed("impersonation", lacking.join(", and ") + until) : failure),
    ...(doubted.length > 0 ? { besides: doubted.join(", nor ") } : {}),
  };
}
