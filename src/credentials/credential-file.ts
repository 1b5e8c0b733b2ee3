import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "./credential.ts";
import { parseCredential } from "./parse-credential.ts";
import { readTextFile } from "./read-text-file.ts";

/**
 * Reads a credentials file: a service account's key, or what a login left behind.
 *
 * @param login How to get such a file anew, for a person.
 * @returns a clause where there is no such file.
 * @throws {RunpassError} `credentials_invalid`
 */
export function readCredentialFile(
  context: Context,
  path: string,
  login = "gcloud auth application-default login",
): Credential | string {
  const text = readTextFile(path);
  if (typeof text === "string") return parseCredential(context, text, { source: path, login });
  if (text.isAbsent) return text.reason;
  throw new RunpassError({
    code: "credentials_invalid",
    message: `${path} cannot be read`,
    why: text.reason,
    fix: "Give a file that you may read",
  });
}
