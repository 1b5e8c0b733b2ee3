import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { FetchedIdToken } from "../credentials/credential.ts";
import { generateIdToken } from "../credentials/impersonate.ts";
import type { IdTokenRequest } from "./id-token-request.ts";

/**
 * Gets a new ID token from Google: of the credential itself in one round trip, or in two by a federated or impersonated one; of
 * an impersonated service account in two at most (access token, `generateIdToken`), however long the chain.
 *
 * @throws {RunpassError} `permission_denied` and `not_found` with the way on, `audience_not_supported`, `id_token_unavailable`,
 * `invalid_argument`, `google_unreachable`, and as `Credential.accessToken`.
 */
export async function mintIdToken(context: Context, request: IdTokenRequest): Promise<FetchedIdToken> {
  const { credential, audience, impersonate = [], includeEmail = false, cache = true } = request;
  const options = { fresh: !cache, includeEmail };
  const target = impersonate.at(-1);
  if (target === undefined) return credential.idToken(audience, options);
  if (audience === undefined) throw audienceMissing(target);
  const token = credential.idTokenAs
    ? await credential.idTokenAs(impersonate, audience, options)
    : await generateIdToken(context, { caller: credential, chain: impersonate }, audience, options);
  return { token, source: "minted" };
}

function audienceMissing(target: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `An ID token of ${target} needs an audience`,
    fix: "Name the service, or give --audience URL",
  });
}
