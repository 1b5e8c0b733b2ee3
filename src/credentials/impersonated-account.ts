import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential, CredentialKind } from "./credential.ts";
import { audienceMissing } from "./audience-missing.ts";
import { hold } from "./held-token.ts";
import { generateAccessToken, generateIdToken } from "./impersonate.ts";
import type { Impersonation } from "./impersonate.ts";
import { isEmail } from "./fields.ts";

/** A service account that a credentials file says to act as. */
export interface ImpersonatedAccountOptions extends Impersonation {
  readonly kind: CredentialKind;
  readonly source: string;
  readonly fingerprint: string;
  /** Of access tokens. Default: an hour. */
  readonly lifetimeSeconds?: number | undefined;
  readonly quotaProject?: string | undefined;
}

/**
 * A service account by way of another credential. Its ID tokens are minted by that one's access token directly: the role that
 * lets it get access tokens of the account lets it get ID tokens as well (`roles/iam.workloadIdentityUser` and
 * `roles/iam.serviceAccountTokenCreator` hold both permissions), and so the detour by an access token of the account is saved.
 */
export function createImpersonatedAccount(context: Context, options: ImpersonatedAccountOptions): Credential {
  const { kind, source, fingerprint, caller, chain, lifetimeSeconds, quotaProject } = options;
  const target = chain.at(-1) ?? "";
  const held = hold(context.clock, async () => generateAccessToken(context, options, { lifetimeSeconds }));
  const credential: Credential = {
    kind,
    ...(isEmail(target) ? { principal: target, member: `serviceAccount:${target}` } : {}),
    source,
    fingerprint,
    ...(quotaProject === undefined ? {} : { quotaProject }),
    canChooseAudience: true,
    givesIdToken: true,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: async (audience, tokenOptions) => {
      if (audience === undefined) throw audienceMissing();
      return { token: await generateIdToken(context, options, audience, tokenOptions), source: "minted" };
    },
    idTokenAs: async (further, audience, tokenOptions) => {
      try {
        // The accounts before `further` as delegates: one request less, where their roles allow it.
        const impersonation: Impersonation = { caller, chain: [...chain, ...further], origin: options.origin };
        return await generateIdToken(context, impersonation, audience, tokenOptions);
      } catch (error) {
        if (!(error instanceof RunpassError) || error.code !== "permission_denied") throw error;
        // To pass through a delegate takes a permission of its own, which roles for federation lack.
        const impersonation: Impersonation = { caller: credential, chain: further, origin: options.origin };
        return generateIdToken(context, impersonation, audience, tokenOptions);
      }
    },
  };
  return credential;
}
