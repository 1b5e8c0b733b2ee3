import type { Context } from "../core/context.ts";
import { stsOauthTokenUrl } from "../google/sts.ts";
import type { Credential } from "./credential.ts";
import { endpoint, optionalText, textReader } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";
import { createFederated } from "./federated.ts";
import { readAccessToken } from "./token-answer.ts";
import { requestToken } from "./token-endpoint.ts";

/**
 * A user of a workforce pool, by the refresh token that `gcloud auth login --login-config` leaves behind. Has no ID token at
 * Google.
 */
export function parseExternalUser(
  context: Context,
  fields: Fields,
  origin: CredentialOrigin,
  fingerprint: string,
): Credential {
  const text = textReader(fields, origin);
  const [id, secret, refreshToken] = [text("client_id"), text("client_secret"), text("refresh_token")];
  const tokenUrl = endpoint(fields, "token_url", stsOauthTokenUrl, origin);
  const quotaProject = optionalText(fields["quota_project_id"]);
  const client = Buffer.from(`${id}:${secret}`).toString("base64");
  const party = {
    tokenUrl,
    source: origin.source,
    fix: `Log in again: ${origin.login}`,
    secrets: [refreshToken, secret, client],
  };
  // The refresh grant, by a client that tells its secret in the header: RFC 6749 §2.3.1 and §6.
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken });
  return createFederated(
    context,
    { kind: "external_account_authorized_user", origin, fingerprint, quotaProject },
    async () => readAccessToken(context, tokenUrl, await requestToken(context, party, form, `Basic ${client}`)),
  );
}
