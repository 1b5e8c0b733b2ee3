import { providerAudience } from "../../google/identity-pool.ts";
import { cloudPlatformScope } from "../../google/oauth.ts";
import { stsHost, stsOauthTokenUrl } from "../../google/sts.ts";
import type { ExternalAccountAuthorizedUserKey } from "../../google/sts.ts";
import { workforceGrantKind } from "./records.ts";
import type { ProviderRecord } from "./records.ts";
import { newRefreshToken } from "../issue-tokens.ts";
import type { State } from "../state/state.ts";

/** Who signs in to a workforce pool. */
export interface WorkforceSignIn {
  /** The pool's id. */
  readonly pool: string;
  readonly subject: string;
  readonly groups?: readonly string[];
  /** Mapped attributes, without the `attribute.` in front. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A sign-in that has happened, as `gcloud auth application-default login` leaves it behind for workforce pools. */
export async function signInToWorkforce(
  state: State,
  provider: ProviderRecord,
  { subject, groups = [], attributes = {} }: WorkforceSignIn,
): Promise<ExternalAccountAuthorizedUserKey> {
  const refreshToken = newRefreshToken();
  const clientId = "emulator-workforce-client";
  const identity = { provider: provider.name, subject, groups, attributes };
  await state.store.put(workforceGrantKind, refreshToken, { identity, clientId, scopes: [cloudPlatformScope] });
  const address = `https://${stsHost}/v1`;
  return {
    type: "external_account_authorized_user",
    audience: providerAudience(provider.name),
    client_id: clientId,
    client_secret: "emulator",
    refresh_token: refreshToken,
    token_url: stsOauthTokenUrl,
    token_info_url: `${address}/introspect`,
    revoke_url: `${address}/revoke`,
  };
}
