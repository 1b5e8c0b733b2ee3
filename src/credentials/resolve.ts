import { join, resolve } from "node:path";
import type { Context } from "../core/context.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential, LookedAt } from "./credential.ts";
import { readCredentialFile } from "./credential-file.ts";
import { findGcloudCredential } from "./gcloud-credential.ts";
import { gcloudDirectory } from "./gcloud-files.ts";
import { GcloudStoreError } from "./gcloud-store.ts";
import { readIdTokenFile } from "./id-token-file.ts";
import { findLogin, listLogins } from "./login-store.ts";
import { createMetadataCredential, findMetadataCredential } from "./metadata-credential.ts";

export interface ResolveOptions {
  /**
   * `login`, `gcloud`, `adc`, `metadata` or the path of a credentials file. Default: `RUNPASS_CREDENTIALS`, else the first that is found.
   */
  readonly credentials?: string | undefined;
  /** A file with an ID token to hand on as it is: a path, `/dev/fd/N`, or `-` for standard input. */
  readonly tokenFile?: string | undefined;
  /** What stands for `-`. Default: the descriptor 0. */
  readonly readStdin?: (() => Promise<string>) | undefined;
  /** One of gcloud's accounts, and means gcloud; with `login` one of runpass's own logins. */
  readonly account?: string | undefined;
  /** One of gcloud's configurations; means gcloud. */
  readonly configuration?: string | undefined;
}

/** What a search for credentials came to. */
export interface Resolution {
  readonly credential?: Credential;
  /** In order: those that were looked at, and behind the one taken those that were not. */
  readonly lookedAt: readonly LookedAt[];
}

interface Place {
  readonly source: string;
  /** A credential, or in a clause why there is none. Throws where there is one that cannot be used. */
  readonly look: () => Credential | string | Promise<Credential | string>;
  /** For a place that must have something: how to go on when nothing is there. */
  readonly fix?: string;
  /** It was asked for: what is broken there is an error. */
  readonly isAskedFor?: boolean;
}

/**
 * Looks for credentials: where it is told to, else in `GOOGLE_APPLICATION_CREDENTIALS`, among runpass's own logins, with gcloud's
 * active account, in the file of Application Default Credentials, and with the metadata server, which is asked whether it is
 * there; no other request is made. Own logins come before gcloud's, as nobody has one who did not ask runpass for it. A broken place is reported and passed over, unless it was asked for or is broken for the moment only: then that is
 * the error, so that nobody acts as somebody else unawares.
 *
 * @throws {RunpassError} `credentials_invalid`, `no_credentials` where something asked for is not there, `invalid_argument`.
 */
export async function findCredential(context: Context, options: ResolveOptions = {}): Promise<Resolution> {
  const lookedAt: LookedAt[] = [];
  const { places, excluded } = placesFor(context, options);
  for (const [index, { source, look, fix, isAskedFor = fix !== undefined }] of places.entries()) {
    try {
      const found = await look();
      if (typeof found !== "string") {
        lookedAt.push({ source, outcome: "taken", reason: found.source });
        const others = places.slice(index + 1).map((place) => place.source);
        lookedAt.push(...others.map((other) => ({ source: other, ...notReached })));
        lookedAt.push(...excluded.map((other) => ({ source: other, ...notAskedFor })));
        return { credential: found, lookedAt };
      }
      if (fix !== undefined) throw new RunpassError({ code: "no_credentials", message: `${source}: ${found}`, fix });
      lookedAt.push({ source, outcome: "absent", reason: found });
    } catch (error) {
      if (!(error instanceof RunpassError) || isAskedFor || isForTheMoment(error)) throw error;
      const reason = error.why === undefined ? error.message : `${error.message}: ${error.why}`;
      context.log.warn(`${reason}; passed over`);
      lookedAt.push({ source, outcome: "broken", reason });
    }
  }
  return { lookedAt };
}

const notReached = { outcome: "not_reached", reason: "another came first" } as const;

const notAskedFor = { outcome: "not_reached", reason: "another was asked for" } as const;

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
    fix: `Log in: ${choiceOf(context, options) === "adc" ? "gcloud auth application-default login" : "gcloud auth login"}`,
  });
}

/**
 * Whether it is gcloud's account that is looked for first, so that what gcloud's configuration says of identities counts.
 */
export function isGcloudFirst(context: Context, options: ResolveOptions): boolean {
  if (options.tokenFile !== undefined) return false;
  const choice = choiceOf(context, options);
  if (choice !== undefined) return choice === "gcloud";
  const named = readVariable(context.environment, "GOOGLE_APPLICATION_CREDENTIALS");
  return named === undefined && listLogins(context.environment).length === 0;
}

/** The places to look at, in order, and the names of those that are left out because of what was asked for. */
function placesFor(
  context: Context,
  options: ResolveOptions,
): { readonly places: readonly Place[]; readonly excluded: readonly string[] } {
  const named = placeOfVariable(context);
  const login: Place = { source: "runpass login", look: () => findLogin(context, options.account) };
  const gcloud: Place = {
    source: options.account === undefined ? "gcloud's active account" : "gcloud's account",
    look: () => findGcloudCredential(context, options),
  };
  const file = join(gcloudDirectory(context.environment), "application_default_credentials.json");
  const adc: Place = {
    source: file,
    look: () => readCredentialFile(context, file, "gcloud auth application-default login"),
  };
  const metadata: Place = { source: "the metadata server", look: async () => findMetadataCredential(context) };
  const all = [named, login, gcloud, adc, metadata];
  const only = (...places: readonly Place[]): ReturnType<typeof placesFor> => {
    const sources = places.map(({ source }) => source);
    return { places, excluded: all.map(({ source }) => source).filter((source) => !sources.includes(source)) };
  };
  if (options.tokenFile !== undefined) return only(placeOfTokenFile(context, options.tokenFile, options));
  const choice = choiceOf(context, options);
  switch (choice) {
    case undefined:
      return only(...all);
    case "login":
      return only({ ...login, fix: "Log in: runpass login" });
    case "gcloud":
      return only({ ...gcloud, fix: "Log in: gcloud auth login" });
    case "adc":
      return only(named, { ...adc, isAskedFor: true }, { ...metadata, isAskedFor: true });
    case "metadata":
      // Asked for, so not asked whether it is there
      return only({ ...metadata, look: () => createMetadataCredential(context), isAskedFor: true });
    default: {
      const path = resolve(choice);
      const fix = "Give --credentials login, gcloud, adc, metadata or the path of a credentials file";
      return only({ source: path, look: () => readCredentialFile(context, path), fix });
    }
  }
}

function placeOfTokenFile(context: Context, file: string, { credentials, account, readStdin }: ResolveOptions): Place {
  const other = credentials === undefined ? (account === undefined ? undefined : "--account") : "--credentials";
  if (other !== undefined) {
    throw new RunpassError({
      code: "invalid_argument",
      message: `--token-file does not go with ${other}`,
      why: "the token is the identity",
      fix: "Leave out one of the two",
    });
  }
  return {
    source: "--token-file",
    look: async () => readIdTokenFile(context, file, file === "-" ? await readStdin?.() : undefined),
    fix: "Give a file that holds an ID token",
  };
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
  if (credentials === "login" && configuration === undefined) return "login";
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
