import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential, FetchedIdToken } from "../credentials/credential.ts";
import { ApiError, callApi } from "../google/call.ts";
import { delegateName, iamCredentialsHost, iamCredentialsPath } from "../google/iam-credentials.ts";
import type { GenerateIdTokenRequest, GenerateIdTokenResponse } from "../google/iam-credentials.ts";
import type { IdTokenRequest } from "./id-token-request.ts";
import { explainRefusal } from "./impersonation-error.ts";

/**
 * Gets a new ID token from Google: of the credential itself in one round trip, of an impersonated service account in two at
 * most (access token, `generateIdToken`), however long the chain.
 *
 * @throws {RunpassError} `permission_denied` and `not_found` with the way on, `credentials_rejected`, `audience_not_supported`,
 * `invalid_argument`, `google_unreachable`.
 */
export async function mintIdToken(context: Context, request: IdTokenRequest): Promise<FetchedIdToken> {
  const { credential, audience, impersonate = [], cache = true } = request;
  const target = impersonate.at(-1);
  if (target === undefined) return credential.idToken(audience, { fresh: !cache });
  if (audience === undefined) throw audienceMissing(target);
  for (const account of impersonate) requireAccount(account);
  try {
    return { token: await generateIdToken(context, request, target, audience, !cache), source: "minted" };
  } catch (error) {
    throw error instanceof ApiError ? explainRefusal(error, credential, impersonate) : error;
  }
}

async function generateIdToken(
  context: Context,
  request: IdTokenRequest,
  target: string,
  audience: string,
  fresh: boolean,
): Promise<string> {
  const { credential, impersonate = [], includeEmail = false } = request;
  const body: GenerateIdTokenRequest = {
    audience,
    includeEmail,
    delegates: impersonate.slice(0, -1).map(delegateName),
  };
  const call = async (accessToken: string): Promise<GenerateIdTokenResponse> =>
    callApi(context.fetch, {
      method: "POST",
      url: `https://${iamCredentialsHost}${iamCredentialsPath(target, "generateIdToken")}`,
      accessToken,
      body,
      quotaProject: credential.quotaProject,
      signal: context.signal,
    });
  const { token } = await withAccessToken(credential, fresh, call);
  if (typeof token === "string") return token;
  throw new RunpassError({
    code: "google_unreachable",
    message: `${iamCredentialsHost} answered without a token`,
    fix: "Run the command again",
  });
}

/** A stored access token may have been revoked since: then once more with a new one. */
async function withAccessToken<T>(
  credential: Credential,
  fresh: boolean,
  call: (token: string) => Promise<T>,
): Promise<T> {
  const accessToken = await credential.accessToken({ fresh });
  try {
    return await call(accessToken);
  } catch (error) {
    if (fresh || !(error instanceof ApiError) || error.httpStatus !== 401) throw error;
    const another = await credential.accessToken({ fresh: true });
    if (another === accessToken) throw error;
    return call(another);
  }
}

function requireAccount(account: string): void {
  if (/^(?:\d+|[^\s@/:?#]+@[^\s@/:?#]+)$/.test(account)) return;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(account)} is no service account`,
    fix: "Give its e-mail (NAME@PROJECT.iam.gserviceaccount.com) or its unique id",
  });
}

function audienceMissing(target: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `An ID token of ${target} needs an audience`,
    fix: "Name the service, or give --audience URL",
  });
}
