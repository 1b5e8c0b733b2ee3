import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { isServiceAccountId, serviceAccountEmail } from "../google/iam.ts";
import { isServiceAccountEmail } from "../google/member.ts";
import type { Settings } from "./command-line/settings.ts";

/**
 * Reads `--as`: an e-mail, the part before the `@` of an account in the project, or a chain of them separated by commas. Without
 * a value `SERVICE_ACCOUNT` is read; without `--as`, gcloud's property `auth/impersonate_service_account`. Nothing impersonates
 * unasked.
 *
 * @param property The property, where gcloud's identity is the one in use.
 * @returns e-mails (or unique ids), delegates first and the account last; `undefined` when not asked.
 * @throws {RunpassError} `invalid_argument`.
 */
export function impersonationChain(
  settings: Settings,
  environment: Environment,
  project: string | undefined,
  property?: string,
): readonly string[] | undefined {
  if (!settings.has("impersonate-service-account")) {
    return property?.split(",").map((part) => accountEmail(part.trim(), project));
  }
  const text = settings.text("impersonate-service-account") ?? readVariable(environment, "SERVICE_ACCOUNT");
  if (text === undefined) {
    throw wrong("--as has no account", "SERVICE_ACCOUNT is not set either", "Name the account: --as invoker");
  }
  return text.split(",").map((part) => accountEmail(part.trim(), project));
}

function accountEmail(text: string, project: string | undefined): string {
  if (isServiceAccountEmail(text)) return text.toLowerCase();
  if (/^\d{15,}$/.test(text)) return text; // an account's unique id
  if (isServiceAccountId(text)) {
    if (project !== undefined) return serviceAccountEmail(text, project);
    throw wrong(
      `The service account ${text} has no project`,
      "neither --project nor gcloud's configuration names one",
      `Give its whole e-mail: --as ${text}@PROJECT.iam.gserviceaccount.com`,
    );
  }
  throw wrong(
    `${JSON.stringify(text)} is no service account`,
    text.includes("@")
      ? "the e-mail of one ends in gserviceaccount.com"
      : "a name has 6 to 30 small letters, digits and hyphens",
    "Give an e-mail such as invoker@PROJECT.iam.gserviceaccount.com, or the part before the @.",
  );
}

function wrong(message: string, why: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
