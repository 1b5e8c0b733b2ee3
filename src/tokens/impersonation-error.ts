import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import type { ApiError } from "../google/call.ts";

/**
 * What a refusal by IAM Credentials means, and how to go on.
 *
 * @param chain delegates first, the account to be last.
 */
export function explainRefusal(error: ApiError, credential: Credential, chain: readonly string[]): RunpassError {
  const target = chain.at(-1) ?? "";
  const caller = credential.principal ?? `the user of ${credential.source}`;
  const info = error.details.find(({ "@type": type }) => type.endsWith("google.rpc.ErrorInfo"));
  const metadata = (info?.["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
  switch (error.code) {
    case "permission_denied":
      return info?.["reason"] === "SERVICE_DISABLED"
        ? serviceDisabled(error, metadata["consumer"])
        : permissionDenied(error, caller, credential.member, chain);
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

function permissionDenied(
  error: ApiError,
  caller: string,
  member: string | undefined,
  chain: readonly string[],
): RunpassError {
  const permission = /iam\.serviceAccounts\.\w+/.exec(JSON.stringify([error.message, error.details]))?.[0];
  const target = chain.at(-1) ?? "";
  const way = chain.length > 1 ? ` by way of ${chain.slice(0, -1).join(", ")}` : "";
  return new RunpassError({
    code: "permission_denied",
    message: `${caller} may not get ID tokens of ${target}${way}: ${permission ?? "a permission"} is missing`,
    why: error.message,
    fix: `Grant it: ${grants(chain, member).join(" && ")}`,
    cause: error,
  });
}

/** Each of a chain needs a role on the next; the first of all is the caller. */
function grants(chain: readonly string[], caller: string | undefined): string[] {
  const role = chain.length > 1 ? " --role roles/iam.serviceAccountTokenCreator" : "";
  return chain.map((account, index) => {
    const previous = chain[index - 1];
    const member = previous === undefined ? caller : `serviceAccount:${previous}`;
    return `runpass grant ${account}${role}${member === undefined ? "" : ` --to ${member}`}`;
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
