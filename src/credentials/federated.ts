import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "./credential.ts";
import type { CredentialOrigin } from "./fields.ts";
import { hold } from "./held-token.ts";
import type { AccessToken } from "./held-token.ts";

/** What {@link createFederated} needs. */
export interface FederatedOptions {
  readonly kind: "external_account" | "external_account_authorized_user";
  readonly origin: CredentialOrigin;
  readonly fingerprint: string;
  readonly quotaProject?: string | undefined;
}

/** Somebody of another identity provider: with access tokens of Google's, which are held while they last, and no ID token. */
export function createFederated(
  context: Context,
  { kind, origin, fingerprint, quotaProject }: FederatedOptions,
  fetchToken: () => Promise<AccessToken>,
): Credential {
  const held = hold(context.clock, fetchToken);
  return {
    kind,
    ...(origin.member === undefined ? {} : { member: origin.member }),
    source: origin.source,
    fingerprint,
    ...(quotaProject === undefined ? {} : { quotaProject }),
    canChooseAudience: false,
    givesIdToken: false,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: () => Promise.reject(noIdToken(kind, origin.source)),
  };
}

/** Why an identity of another provider has no ID token, and what to do instead. */
function noIdToken(kind: string, source: string): RunpassError {
  return new RunpassError({
    code: "id_token_unavailable",
    message: `${source} gives no ID token of its own`,
    why: `Google gives ID tokens to its own users and service accounts only, and credentials of the type ${kind} stand for somebody of another identity provider`,
    fix: "Impersonate a service account, which has one: --as SERVICE_ACCOUNT",
  });
}
