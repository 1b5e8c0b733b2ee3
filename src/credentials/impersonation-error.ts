import { RunpassError } from "../core/errors.ts";
import type { Credential } from "./credential.ts";
import type { ApiError } from "../google/call.ts";

/**
 * What a refusal by IAM Credentials means, and how to go on.
 *
 * @param credential Whose access token was refused.
 * @param chain delegates first, the account to be last.
 */
export function explainRefusal(error: ApiError, credential: Credential, chain: readonly string[]): RunpassError {
  const target = chain.at(-1) ?? "";
  const caller = credential.principal ?? credential.member ?? `${nounOf(credential)} of ${credential.source}`;
  const info = error.details.find(({ "@type": type }) => type.endsWith("google.rpc.ErrorInfo"));
  const metadata = (info?.["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
  // Google answers FAILED_PRECONDITION, whose HTTP status is that of a wrong argument.
  if (/\bdisabled\b/.test(error.message) && /account/i.test(error.message)) return accountDisabled(error, chain);
  switch (error.code) {
    case "permission_denied":
      switch (info?.["reason"]) {
        case "SERVICE_DISABLED":
          return serviceDisabled(error, metadata["consumer"]);
        case "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
          return scopeMissing(error, credential);
        default:
          return permissionDenied(error, caller, credential, chain);
      }
    case "not_found":
      return new RunpassError({
        code: "not_found",
        message: `There is no service account ${target}`,
        why: error.message,
        fix: "See which there are: gcloud iam service-accounts list",
        cause: error,
      });
    case "invalid_argument":
      return new RunpassError({
        code: "invalid_argument",
        message: `Google refuses an ID token of ${target}`,
        why: error.message,
        fix: "Check the account's e-mail, the delegates and the audience",
        cause: error,
      });
    case "credentials_rejected":
      return new RunpassError({
        code: "credentials_rejected",
        message: `Google rejected the access token of ${caller}`,
        why: error.message,
        fix: "Log in again: gcloud auth login",
        cause: error,
      });
    default:
      return error;
  }
}

function nounOf({ kind }: Credential): string {
  switch (kind) {
    case "external_account":
    case "external_account_authorized_user":
      return "the federated identity";
    case "metadata":
      return "the service account";
    default:
      return "the user";
  }
}

function permissionDenied(
  error: ApiError,
  caller: string,
  { kind, member, principal }: Credential,
  chain: readonly string[],
): RunpassError {
  const federated = kind.startsWith("external_account") && principal === undefined;
  const permission = /iam\.serviceAccounts\.\w+/.exec(JSON.stringify([error.message, error.details]))?.[0];
  const target = chain.at(-1) ?? "";
  const wantsAccess = permission === "iam.serviceAccounts.getAccessToken";
  const way = chain.length > 1 ? ` by way of ${chain.slice(0, -1).join(", ")}` : "";
  return new RunpassError({
    code: "permission_denied",
    message: `${caller} may not get ${wantsAccess ? "access" : "ID"} tokens of ${target}${way}: ${permission ?? "a permission"} is missing`,
    why: error.message,
    fix: `Grant it: ${grants(chain, member ?? (federated ? "principal://POOL/subject/SUBJECT" : undefined), wantsAccess).join(" && ")}`,
    cause: error,
  });
}

/** Each of a chain needs a role on the next; the first of all is the caller. For access tokens the smallest role does not do. */
function grants(chain: readonly string[], caller: string | undefined, wantsAccess: boolean): string[] {
  const role = chain.length > 1 || wantsAccess ? " --role roles/iam.serviceAccountTokenCreator" : "";
  return chain.map((account, index) => {
    const previous = chain[index - 1];
    const member = previous === undefined ? caller : `serviceAccount:${previous}`;
    return `runpass grant ${account}${role}${member === undefined ? "" : ` --to ${member}`}`;
  });
}

function accountDisabled(error: ApiError, chain: readonly string[]): RunpassError {
  const named = chain.find((account) => error.message.includes(account));
  const target = named ?? chain.at(-1) ?? "";
  return new RunpassError({
    code: "account_disabled",
    message: `The service account ${target} is disabled`,
    why: error.message,
    fix: `Enable it: gcloud iam service-accounts enable ${target}`,
    cause: error,
  });
}

function scopeMissing(error: ApiError, { kind, source }: Credential): RunpassError {
  return new RunpassError({
    code: "scope_missing",
    message: `The access token of ${source} lacks the scope cloud-platform`,
    why: error.message,
    fix:
      kind === "metadata"
        ? "Give the machine the scope: gcloud compute instances set-service-account INSTANCE --scopes cloud-platform"
        : "Log in again with it: gcloud auth login",
    cause: error,
  });
}

function serviceDisabled(error: ApiError, consumer: unknown): RunpassError {
  const project = typeof consumer === "string" ? /^projects\/([\w:.-]+)$/.exec(consumer)?.[1] : undefined;
  return new RunpassError({
    code: "permission_denied",
    message: "The IAM Service Account Credentials API is switched off",
    why: error.message,
    fix: `Switch it on: gcloud services enable iamcredentials.googleapis.com${project === undefined ? "" : ` --project ${project}`}`,
    cause: error,
  });
}
