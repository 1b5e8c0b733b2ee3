import { RunpassError } from "../core/errors.ts";
import { sha256Hex } from "../core/sha256.ts";
import type { Credential } from "./credential.ts";

/**
 * An access token that somebody else got and renews: gcloud's `auth/access_token_file`, or `CLOUDSDK_AUTH_ACCESS_TOKEN`.
 *
 * @throws {RunpassError} `credentials_invalid`
 */
export function createAccessTokenCredential(text: string, source: string): Credential {
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new RunpassError({
      code: "credentials_invalid",
      message: `${source} holds no access token`,
      fix: "Correct it, or unset it",
    });
  }
  return {
    kind: "access_token",
    source,
    fingerprint: sha256Hex(token),
    canChooseAudience: false,
    givesIdToken: false,
    givesAccessToken: true,
    accessToken: async () => token,
    idToken: () =>
      Promise.reject(
        new RunpassError({
          code: "id_token_unavailable",
          message: `${source} gives no ID token of its own`,
          why: "it is an access token, which cannot be turned into one",
          fix: "Impersonate a service account: --as SERVICE_ACCOUNT; or unset it, so that gcloud's account is used",
        }),
      ),
  };
}
