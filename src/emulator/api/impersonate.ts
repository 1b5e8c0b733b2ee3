import { formatServiceAccountName } from "../../google/iam.ts";
import { errorInfo } from "../../google/status.ts";
import type { AccountRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { holds } from "./caller.ts";
import type { Caller } from "./caller.ts";
import type { MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

/**
 * Walks from the caller over the delegates to the account, each allowed by the policy of the next: `implicitDelegation` to
 * pass through a delegate, `permission` on the account itself.
 */
export function impersonate(
  { state, caller, path: { name = "" }, body }: MethodCall,
  permission: string,
): AccountRecord {
  const delegates = body["delegates"] ?? [];
  if (!Array.isArray(delegates)) throw wrong("Request contains an invalid argument.");
  let current = caller;
  for (const delegate of delegates as unknown[]) {
    const match = /^(?:projects\/-\/serviceAccounts\/)?([^/]+)$/.exec(String(delegate));
    if (!match?.[1]) throw wrong("Request contains an invalid argument.");
    const account = authorize(state, current, match[1], "iam.serviceAccounts.implicitDelegation");
    const { email, uniqueId } = account;
    current = { principal: { kind: "serviceAccount", email, subject: uniqueId, state: "active" } };
  }
  const [, project, , emailOrId = ""] = name.split("/");
  // The project is the account's own, and only `-` says so.
  if (project !== "-") throw wrong("Request contains an invalid argument.");
  return authorize(state, current, emailOrId, permission);
}

function authorize(state: State, caller: Caller, emailOrId: string, permission: string): AccountRecord {
  const account = state.findAccount(emailOrId);
  if (!account || account.state === "deleted") {
    throw new ApiFailure("NOT_FOUND", `Not found; Gaia id not found for email ${emailOrId}`);
  }
  if (!holds(state, caller, permission, formatServiceAccountName(account.email, account.project))) {
    throw new ApiFailure("PERMISSION_DENIED", `Permission '${permission}' denied on resource (or it may not exist).`, [
      errorInfo("IAM_PERMISSION_DENIED", { permission }, "iam.googleapis.com"),
    ]);
  }
  if (account.state === "disabled") {
    throw new ApiFailure("FAILED_PRECONDITION", `Service account ${account.email} is disabled.`);
  }
  return account;
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
