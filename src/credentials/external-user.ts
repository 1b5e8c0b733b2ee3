import type { Context } from "../core/context.ts";
import { stsOauthTokenUrl } from "../google/sts.ts";
import type { Credential } from "./credential.ts";
import { noIdToken } from "./external-account.ts";
import { endpoint, optionalText, textReader } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";
import { clientOptions } from "./google-auth.ts";
import { hold } from "./held-token.ts";
import { readAccessToken } from "./token-answer.ts";

/**
 * A user of a workforce pool, by the refresh token that `gcloud auth login --login-config` leaves behind. Has no ID token at
 * Google, as {@link noIdToken} says.
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
  const party = {
    tokenUrl,
    source: origin.source,
    fix: `Log in again: ${origin.login}`,
    secrets: [refreshToken, secret, Buffer.from(`${id}:${secret}`).toString("base64")],
  };
  const held = hold(context.clock, async () => {
    const { ExternalAccountAuthorizedUserClient } = await import("google-auth-library");
    const client = new ExternalAccountAuthorizedUserClient({
      type: "external_account_authorized_user",
      audience: optionalText(fields["audience"]) ?? "",
      client_id: id,
      client_secret: secret,
      refresh_token: refreshToken,
      token_url: tokenUrl,
      token_info_url: "",
      ...clientOptions(context, party),
    });
    const { res } = await client.getAccessToken();
    // The library reckons with the machine's clock; ours may be another.
    return readAccessToken(context, tokenUrl, (res?.data ?? {}) as Record<string, unknown>);
  });
  return {
    kind: "external_account_authorized_user",
    ...(origin.member === undefined ? {} : { member: origin.member }),
    source: origin.source,
    fingerprint,
    ...(quotaProject === undefined ? {} : { quotaProject }),
    canChooseAudience: false,
    givesIdToken: false,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: () => Promise.reject(noIdToken("external_account_authorized_user", origin.source)),
  };
}
