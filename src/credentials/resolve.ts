import { join, resolve } from "node:path";
import type { Context } from "../core/context.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential, LookedAt } from "./credential.ts";
import { readCredentialFile } from "./credential-file.ts";
import { findGcloudCredential } from "./gcloud-credential.ts";
import { gcloudDirectory } from "./gcloud-files.ts";
import { GcloudStoreError } from "./gcloud-store.ts";

export interface ResolveOptions {
  /** `gcloud`, `adc` or the path of a credentials file. Default: `RUNPASS_CREDENTIALS`, else the first that is found. */
  readonly credentials?: string | undefined;
  /** One of gcloud's accounts; means gcloud. */
  readonly account?: string | undefined;
  /** One of gcloud's configurations; means gcloud. */
  readonly configuration?: string | undefined;
}

/** What a search for credentials came to. */
export interface Resolution {
  readonly credential?: Credential;
  /** In order; the last is the one taken, if any. */
  readonly lookedAt: readonly LookedAt[];
}

interface Place {
  readonly source: string;
  /** A credential, or in a clause why there is none. Throws where there is one that cannot be used. */
  readonly look: () => Credential | string;
  /** For a place that was asked for: how to go on when nothing is there. */
  readonly fix?: string;
}

/**
 * Looks for credentials: where it is told to, else in `GOOGLE_APPLICATION_CREDENTIALS`, with gcloud's active account, and in
 * the file of Application Default Credentials. Makes no request. A broken place is reported and passed over, unless it was
 * asked for or is broken for the moment only: then that is the error, so that nobody acts as somebody else unawares.
 *
 * @throws {RunpassError} `credentials_invalid`, `no_credentials` where something asked for is not there, `invalid_argument`.
 */
export async function findCredential(context: Context, options: ResolveOptions = {}): Promise<Resolution> {
  const lookedAt: LookedAt[] = [];
  for (const { source, look, fix } of placesFor(context, options)) {
    try {
      const found = look();
      if (typeof found !== "string") {
        lookedAt.push({ source, outcome: "taken", reason: found.source });
        return { credential: found, lookedAt };
      }
      if (fix !== undefined) throw new RunpassError({ code: "no_credentials", message: `${source}: ${found}`, fix });
      lookedAt.push({ source, outcome: "absent", reason: found });
    } catch (error) {
      if (!(error instanceof RunpassError) || fix !== undefined || isForTheMoment(error)) throw error;
      const reason = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
      context.log.warn(`${reason}; passed over`);
      lookedAt.push({ source, outcome: "broken", reason });
    }
  }
  return { lookedAt };
}

/**
 * As {@link findCredential}, for those who cannot go on without.
 *
 * @throws {RunpassError} `no_credentials` with all that was looked at.
 */
export async function resolveCredential(context: Context, options: ResolveOptions = {}): Promise<Credential> {
  const { credential, lookedAt } = await findCredential(context, options);
  if (credential) return credential;
  throw new RunpassError({
    code: "no_credentials",
    message: "No credentials were found",
    why: `looked at ${lookedAt.map(({ source, reason }) => `${source} (${reason})`).join(", ")}`,
    fix: "Log in: gcloud auth login",
  });
}

function placesFor(context: Context, options: ResolveOptions): readonly Place[] {
  const choice = choiceOf(context, options);
  const gcloud: Place = {
    source: options.account === undefined ? "gcloud's active account" : "gcloud's account",
    look: () => findGcloudCredential(context, options),
  };
  const named = placeOfVariable(context);
  const file = join(gcloudDirectory(context.environment), "application_default_credentials.json");
  const login = "gcloud auth application-default login";
  const wellKnown: Place = { source: file, look: () => readCredentialFile(context, file, login) };
  switch (choice) {
    case undefined:
      return [named, gcloud, wellKnown];
    case "gcloud":
      return [{ ...gcloud, fix: "Log in: gcloud auth login" }];
    case "adc":
      return [named, { ...wellKnown, fix: `Log in: ${login}` }];
    default: {
      const path = resolve(choice);
      const fix = "Give --credentials gcloud, adc or the path of a credentials file";
      return [{ source: path, look: () => readCredentialFile(context, path), fix }];
    }
  }
}

function placeOfVariable(context: Context): Place {
  const source = "GOOGLE_APPLICATION_CREDENTIALS";
  const path = readVariable(context.environment, source);
  if (path === undefined) return { source, look: () => "not set" };
  return { source, look: () => readCredentialFile(context, resolve(path)), fix: `Correct ${source}, or unset it` };
}

function choiceOf(context: Context, { credentials, account, configuration }: ResolveOptions): string | undefined {
  if (account === undefined && configuration === undefined) {
    return credentials ?? readVariable(context.environment, "RUNPASS_CREDENTIALS");
  }
  if (credentials === undefined || credentials === "gcloud") return "gcloud";
  throw new RunpassError({
    code: "invalid_argument",
    message: `${account === undefined ? "--configuration" : "--account"} does not go with --credentials ${credentials}`,
    why: "accounts and configurations are gcloud's",
    fix: "Leave out one of the two",
  });
}

function isForTheMoment(error: RunpassError): boolean {
  return error instanceof GcloudStoreError && error.locked;
}
