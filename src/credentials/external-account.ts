import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { cloudPlatformScope } from "../google/oauth.ts";
import { tokenExchangeGrant, tokenTypes } from "../google/sts.ts";
import type { Credential, CredentialKind } from "./credential.ts";
import type { CredentialOrigin } from "./fields.ts";
import { hold } from "./held-token.ts";
import type { AccessToken } from "./held-token.ts";
import type { SubjectSource } from "./subject-source.ts";
import { readAccessToken } from "./token-answer.ts";
import { requestToken } from "./token-endpoint.ts";

/** An identity of another provider, and where it is exchanged. */
export interface ExternalAccountOptions {
  readonly origin: CredentialOrigin;
  readonly fingerprint: string;
  readonly tokenUrl: string;
  /** `//iam.googleapis.com/projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly audience: string;
  readonly subjectTokenType: string;
  readonly subject: SubjectSource;
  /** Workforce pools only: the project that pays. */
  readonly userProject?: string | undefined;
  /** An OAuth client to name at the exchange. */
  readonly client?: { readonly id: string; readonly secret: string };
  readonly quotaProject?: string | undefined;
}

/**
 * A federated identity: its provider's token is exchanged for an access token of Google's. It has no ID token at Google; a
 * service account that it impersonates has. Source: RFC 8693.
 */
export function createExternalAccount(context: Context, options: ExternalAccountOptions): Credential {
  const { origin, fingerprint, quotaProject } = options;
  const held = hold(context.clock, async () => exchange(context, options));
  return {
    kind: "external_account",
    ...(origin.member === undefined ? {} : { member: origin.member }),
    source: origin.source,
    fingerprint,
    ...(quotaProject === undefined ? {} : { quotaProject }),
    canChooseAudience: false,
    givesIdToken: false,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: () => Promise.reject(noIdToken("external_account", origin.source)),
  };
}

/** Why an identity of another provider has no ID token, and what to do instead. */
export function noIdToken(kind: CredentialKind, source: string): RunpassError {
  return new RunpassError({
    code: "id_token_unavailable",
    message: `${source} gives no ID token of its own`,
    why: `Google gives ID tokens to its own users and service accounts only, and credentials of the type ${kind} stand for somebody of another identity provider`,
    fix: "Impersonate a service account, which has one: --as SERVICE_ACCOUNT",
  });
}

async function exchange(context: Context, options: ExternalAccountOptions): Promise<AccessToken> {
  const { origin, tokenUrl, audience, subjectTokenType, userProject, client } = options;
  const subjectToken = await options.subject(context);
  const form = new URLSearchParams({
    grant_type: tokenExchangeGrant,
    audience,
    scope: cloudPlatformScope,
    requested_token_type: tokenTypes.accessToken,
    subject_token: subjectToken,
    subject_token_type: subjectTokenType,
    // A client of its own goes before the project, as in Google's libraries.
    ...(client === undefined && userProject !== undefined ? { options: JSON.stringify({ userProject }) } : {}),
  });
  const basic = client && Buffer.from(`${client.id}:${client.secret}`).toString("base64");
  const party = {
    tokenUrl,
    source: origin.source,
    fix: "Check the pool, its provider's attribute condition, and the subject token's issuer, audience and times",
    secrets: [subjectToken, ...(basic === undefined ? [] : [basic, client?.secret ?? ""])].filter(
      (text) => text !== "",
    ),
    isGrant: false,
  };
  const answer = await requestToken(context, party, form, basic === undefined ? undefined : `Basic ${basic}`);
  return readAccessToken(context, tokenUrl, answer);
}
