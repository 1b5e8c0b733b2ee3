import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import { readTextFile } from "../credentials/read-text-file.ts";
import type { OAuthClient } from "../credentials/sign-in.ts";
import { gcloudClientId } from "../google/oauth.ts";
import type { Io } from "./io.ts";
import type { Settings } from "./command-line/settings.ts";

/**
 * The OAuth client to log in with: the user's own; in an emulator gcloud's unless another is named. The secret comes from a file,
 * the bare text or the JSON that Google Cloud's console hands out, or from `RUNPASS_CLIENT_SECRET`.
 *
 * @throws {RunpassError} `invalid_argument`
 */
export function readLoginClient({ environment }: Io, settings: Settings, isEmulator: boolean): OAuthClient {
  const file = settings.text("client-secret-file");
  const fromFile = file === undefined ? {} : readClientFile(file);
  const id = settings.text("client-id") ?? fromFile.id ?? (isEmulator ? gcloudClientId : undefined);
  if (id === undefined) {
    throw new RunpassError({
      code: "invalid_argument",
      message: "No OAuth client is given",
      why: "runpass has none of its own at Google: a login is given to a client of yours",
      fix: "Make one of the type Desktop app at https://console.cloud.google.com/auth/clients, download its JSON, and give --client-secret-file FILE; or use gcloud auth login, which runpass takes as it is",
    });
  }
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(id)) {
    throw new RunpassError({
      code: "invalid_argument",
      message: "--client-id is no OAuth client's id",
      fix: "Give one such as 123-abc.apps.googleusercontent.com",
    });
  }
  const secret = fromFile.secret ?? readVariable(environment, "RUNPASS_CLIENT_SECRET");
  return { id, ...(secret === undefined ? {} : { secret }) };
}

function readClientFile(file: string): { readonly id?: string; readonly secret?: string } {
  const text = readTextFile(file);
  const wrong = (why: string): RunpassError =>
    new RunpassError({
      code: "invalid_argument",
      message: `${file} holds no client secret`,
      why,
      fix: "Give the JSON that Google Cloud's console hands out, or a file with the secret alone",
    });
  if (typeof text !== "string") throw wrong(text.reason);
  const trimmed = text.trim();
  if (/^[\w-]{5,200}$/.test(trimmed)) return { secret: trimmed };
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    throw wrong("it is neither JSON nor a secret");
  }
  const { installed, web } = (parsed ?? {}) as { readonly installed?: unknown; readonly web?: unknown };
  const client = (installed ?? web ?? {}) as { readonly client_id?: unknown; readonly client_secret?: unknown };
  if (typeof client.client_id !== "string") throw wrong("it names no OAuth client");
  return {
    id: client.client_id,
    ...(typeof client.client_secret === "string" ? { secret: client.client_secret } : {}),
  };
}
