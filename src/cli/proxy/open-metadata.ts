import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunpassError } from "../../core/errors.ts";
import { hold } from "../../credentials/held-token.ts";
import type { AccessToken } from "../../credentials/held-token.ts";
import { generateAccessToken } from "../../credentials/impersonate.ts";
import { metadataVariables } from "../../google/metadata.ts";
import { createMetadataServer } from "../../proxy/metadata-server.ts";
import { getIdToken } from "../../tokens/id-tokens.ts";
import type { Invocation } from "../command-line/command.ts";
import type { Session } from "../session.ts";

/** A metadata server for one program. */
export interface OpenMetadata extends AsyncDisposable {
  /** What leads the program to it, and away from every other identity; `undefined` takes a variable away. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a metadata server that hands out tokens of the account of `--as`.
 *
 * @throws {RunpassError} `invalid_argument` where nobody is impersonated.
 */
export async function openMetadata({ settings, printer, io }: Invocation, session: Session): Promise<OpenMetadata> {
  const { context, impersonate: chain, project, network } = session;
  const email = chain?.at(-1);
  if (chain === undefined || email === undefined) {
    throw new RunpassError({
      code: "invalid_argument",
      message: "--metadata needs a service account",
      why: "a metadata server hands out tokens of one, and none is named",
      fix: "Name it: --as invoker",
    });
  }
  const credential = await session.credential();
  const held = new Map<string, () => Promise<AccessToken>>();
  const directory = await mkdtemp(join(tmpdir(), "runpass-gcloud-"));
  const server = await createMetadataServer({
    email,
    project,
    nowMs: () => context.clock.nowMs(),
    idToken: async (audience) => {
      const cache = !settings.has("no-cache");
      const request = { credential, audience, impersonate: chain, includeEmail: true, network, cache };
      return (await getIdToken(context, request)).token;
    },
    accessToken: async (scopes) => {
      const key = scopes.toSorted().join();
      const impersonation = { caller: credential, chain };
      const ask =
        held.get(key) ?? hold(context.clock, async () => generateAccessToken(context, impersonation, { scopes }));
      held.set(key, ask);
      return ask();
    },
    onFailure: ({ message, why, fix }) =>
      printer.note(["no token for the command", message, why, fix].filter((part) => part !== undefined).join("; ")),
  });
  warnOfGo();
  return {
    variables: { ...metadataVariables(`127.0.0.1:${server.port}`, email, directory), ...childVariables(project) },
    [Symbol.asyncDispose]: async () => {
      await server.close({ deadlineMs: 0 });
      await rm(directory, { recursive: true, force: true });
    },
  };

  /** Its library knows no variable that leads it past this file. Source: golang.org/x/oauth2/google, `default.go`. */
  function warnOfGo(): void {
    const file = join(io.environment.homeDir, ".config", "gcloud", "application_default_credentials.json");
    if (io.environment.platform !== "win32" && existsSync(file)) {
      printer.note(`programs in Go go on to use ${file}: put it away, if the command is one`);
    }
  }
}

/** What else would come before the server, in gcloud and in a runpass within. */
function childVariables(project: string | undefined): Readonly<Record<string, string | undefined>> {
  return {
    CLOUDSDK_CORE_PROJECT: project,
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: undefined,
    CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: undefined,
    CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: undefined,
    RUNPASS_CREDENTIALS: "metadata",
    RUNPASS_ACCOUNT: undefined,
    RUNPASS_CONFIGURATION: undefined,
    RUNPASS_TOKEN_FILE: undefined,
    RUNPASS_IMPERSONATE_SERVICE_ACCOUNT: undefined,
  };
}
