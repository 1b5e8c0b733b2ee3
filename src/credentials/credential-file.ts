import { readFileSync } from "node:fs";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "./credential.ts";
import { parseCredential } from "./parse-credential.ts";

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
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "no such file";
    throw new RunpassError({
      code: "credentials_invalid",
      message: `${path} cannot be read`,
      why: code === "EISDIR" ? "it is a directory" : code,
      fix: "Give a file that you may read",
    });
  }
  return parseCredential(context, text, { source: path, login });
}
