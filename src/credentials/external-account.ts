import type { Context } from "../core/context.ts";
import { cloudPlatformScope } from "../google/oauth.ts";
import { tokenExchangeGrant, tokenTypes } from "../google/sts.ts";
import type { Credential } from "./credential.ts";
import { createFederated } from "./federated.ts";
import type { CredentialOrigin } from "./fields.ts";
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
  return createFederated(context, { kind: "external_account", ...options }, async () => exchange(context, options));
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
