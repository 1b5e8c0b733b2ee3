import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { ApiError, callApi } from "../google/call.ts";
import { delegateName, iamCredentialsHost, iamCredentialsPath } from "../google/iam-credentials.ts";
import type {
  GenerateAccessTokenRequest,
  GenerateAccessTokenResponse,
  GenerateIdTokenRequest,
  GenerateIdTokenResponse,
} from "../google/iam-credentials.ts";
import { cloudPlatformScope } from "../google/oauth.ts";
import type { Credential, IdTokenOptions } from "./credential.ts";
import type { AccessToken } from "./held-token.ts";
import { explainRefusal } from "./impersonation-error.ts";

/** Who acts as whom. */
export interface Impersonation {
  /** Whose access token opens the door. */
  readonly caller: Credential;
  /** E-mails or unique ids of service accounts: delegates first, the account to be last. */
  readonly chain: readonly string[];
  /** Origin of the IAM Credentials API. Default: Google's. */
  readonly origin?: string | undefined;
}

/**
 * An ID token of the account at the end of a chain: one request, however long the chain, with an access token of the caller.
 *
 * @throws {RunpassError} `permission_denied`, `not_found`, `account_disabled`, `scope_missing`, `invalid_argument` with the way
 * on; and as {@link Credential.accessToken}.
 */
export async function generateIdToken(
  context: Context,
  impersonation: Impersonation,
  audience: string,
  { fresh = false, includeEmail = false }: IdTokenOptions = {},
): Promise<string> {
  const request: GenerateIdTokenRequest = { audience, includeEmail, delegates: delegatesOf(impersonation) };
  const { token } = await call<GenerateIdTokenResponse>(context, impersonation, "generateIdToken", request, fresh);
  if (typeof token === "string") return token;
  throw withoutToken(impersonation);
}

/** What an access token is for. */
export interface AccessTokenOptions {
  /** Default 3600: Google's limit, unless an organisation policy says otherwise. */
  readonly lifetimeSeconds?: number | undefined;
  /** Default, and where it is empty: all of Google Cloud. */
  readonly scopes?: readonly string[] | undefined;
}

/**
 * An access token of the account at the end of a chain.
 *
 * @throws {RunpassError} as {@link generateIdToken}.
 */
export async function generateAccessToken(
  context: Context,
  impersonation: Impersonation,
  { lifetimeSeconds = 3600, scopes = [] }: AccessTokenOptions = {},
): Promise<AccessToken> {
  const request: GenerateAccessTokenRequest = {
    scope: scopes.length === 0 ? [cloudPlatformScope] : scopes,
    lifetime: `${lifetimeSeconds}s`,
    delegates: delegatesOf(impersonation),
  };
  const answer = await call<GenerateAccessTokenResponse>(context, impersonation, "generateAccessToken", request, false);
  const expiresAtMs = typeof answer.expireTime === "string" ? Date.parse(answer.expireTime) : Number.NaN;
  if (typeof answer.accessToken !== "string" || Number.isNaN(expiresAtMs)) throw withoutToken(impersonation);
  return { token: answer.accessToken, expiresAtMs };
}

async function call<T>(
  context: Context,
  impersonation: Impersonation,
  method: "generateIdToken" | "generateAccessToken",
  body: unknown,
  fresh: boolean,
): Promise<T> {
  const { caller, chain } = impersonation;
  for (const account of chain) requireAccount(account);
  const url = `${originOf(impersonation)}${iamCredentialsPath(chain.at(-1) ?? "", method)}`;
  try {
    return await withAccessToken(caller, fresh, async (accessToken) =>
      callApi<T>(context.fetch, {
        method: "POST",
        url,
        accessToken,
        body,
        quotaProject: caller.quotaProject,
        signal: context.signal,
      }),
    );
  } catch (error) {
    throw error instanceof ApiError ? explainRefusal(error, caller, chain) : error;
  }
}

/** A stored access token may have been revoked since: then once more with a new one. */
async function withAccessToken<T>(
  credential: Credential,
  fresh: boolean,
  action: (token: string) => Promise<T>,
): Promise<T> {
  const accessToken = await credential.accessToken({ fresh });
  try {
    return await action(accessToken);
  } catch (error) {
    if (fresh || !(error instanceof ApiError) || error.httpStatus !== 401) throw error;
    const another = await credential.accessToken({ fresh: true });
    if (another === accessToken) throw error;
    return action(another);
  }
}

function delegatesOf({ chain }: Impersonation): readonly string[] {
  return chain.slice(0, -1).map(delegateName);
}

function originOf({ origin = `https://${iamCredentialsHost}` }: Impersonation): string {
  return origin;
}

function requireAccount(account: string): void {
  if (/^(?:\d+|[^\s@/:?#]+@[^\s@/:?#]+)$/.test(account)) return;
  throw new RunpassError({
    code: "invalid_argument",
    message: `${JSON.stringify(account)} is no service account`,
    fix: "Give its e-mail (NAME@PROJECT.iam.gserviceaccount.com) or its unique id",
  });
}

function withoutToken(impersonation: Impersonation): RunpassError {
  return new RunpassError({
    code: "google_unreachable",
    message: `${new URL(originOf(impersonation)).host} answered without a token`,
    fix: "Run the command again",
  });
}
