import { existsSync } from "node:fs";
import { memberOfEmail } from "../access/member.ts";
import type { Context } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import { readGcloudProperties } from "../credentials/gcloud-files.ts";
import type { GcloudProperties } from "../credentials/gcloud-files.ts";
import { isGcloudFirst, resolveCredential } from "../credentials/resolve.ts";
import type { ResolveOptions } from "../credentials/resolve.ts";
import { createFetch } from "../http/fetch.ts";
import type { NetworkOptions } from "../http/network.ts";
import { getIdToken } from "../tokens/id-tokens.ts";
import type { Invocation } from "./command-line/command.ts";
import type { FlagName } from "./command-line/flags.ts";
import { impersonationChain } from "./impersonation.ts";
import type { Io } from "./io.ts";
import type { Settings } from "./command-line/settings.ts";

/** What a command that talks to Google works with: settings put over gcloud's configuration, and one identity. */
export interface Session {
  readonly context: Context;
  readonly network: NetworkOptions;
  readonly gcloud: GcloudProperties;
  readonly project: string | undefined;
  readonly region: string | undefined;
  /** Which credentials to look for. */
  readonly credentialOptions: ResolveOptions;
  /** E-mails of the service accounts to act as, the last one the account itself; `undefined` to be oneself. */
  readonly impersonate: readonly string[] | undefined;
  /** The caller's own credential, looked for once. */
  credential(): Promise<Credential>;
  /** An access token of the caller's own, fetched once. */
  accessToken(): Promise<string>;
  /** The caller in IAM's form, from the credential or, where that does not tell, from an ID token. */
  self(): Promise<string | undefined>;
  /** Address of the emulator that this environment leads to. */
  readonly emulatorUrl: string | undefined;
  /** `[emulator] project P` or `Google project P`: said by whatever writes. */
  readonly where: string;
}

export function openSession({ io, settings, printer }: Invocation): Session {
  const { environment } = io;
  requireEmulator(environment);
  const configuration = settings.text("configuration");
  const gcloud = readGcloudProperties(environment, { configuration, log: printer.log });
  const project = settings.text("project") ?? gcloud.project;
  const network: NetworkOptions = { caFile: gcloud.customCaCertsFile, proxyUrl: gcloud.proxyUrl };
  const context: Context = {
    environment,
    clock: io.clock,
    fetch: io.fetch ?? createFetch({ environment, ...network }, io.pause && { wait: io.pause }),
    log: printer.log,
  };
  const credentialOptions = { ...identityAskedFor(settings), readStdin: once(async () => readAll(io.stdin)) };
  const credential = once(() => resolveCredential(context, credentialOptions));
  const emulatorUrl = readVariable(environment, "RUNPASS_EMULATOR");
  return {
    context,
    network,
    gcloud,
    project,
    region: settings.text("region") ?? gcloud.region,
    credentialOptions,
    impersonate: impersonationChain(
      settings,
      environment,
      project,
      isGcloudFirst(context, credentialOptions) ? gcloud.impersonateServiceAccount : undefined,
    ),
    credential,
    accessToken: once(async () => (await credential()).accessToken()),
    self: once(async () => {
      const found = await credential();
      if (found.member !== undefined) return found.member;
      if (found.askPrincipal) return memberOfEmail(await found.askPrincipal());
      if (!found.givesIdToken || found.canChooseAudience) return undefined;
      const { principal } = await getIdToken(context, { credential: found, network });
      return principal?.includes("@") ? memberOfEmail(principal) : undefined; // else a numeric id
    }),
    emulatorUrl,
    where: `${emulatorUrl === undefined ? "Google" : "[emulator]"} project ${project ?? "(none set)"}`,
  };
}

/** An emulator takes its files along when it ends, which would look as if nobody were logged in. */
function requireEmulator(environment: Environment): void {
  const stateFile = readVariable(environment, "RUNPASS_EMULATOR_STATE");
  if (readVariable(environment, "RUNPASS_EMULATOR") === undefined || stateFile === undefined || existsSync(stateFile)) {
    return;
  }
  throw new RunpassError({
    code: "emulator_not_running",
    message: "The emulator that this shell's environment leads to has ended",
    fix: 'Leave this shell, or start another and take its environment: eval "$(runpass emulator env)"',
  });
}

/** Who the user asked to be: flags win over variables here too, where the one would contradict the other. */
function identityAskedFor(settings: Settings): ResolveOptions {
  const isFlag = (name: FlagName): boolean => settings.source(name) === `--${name}`;
  const value = (name: FlagName, ...unless: readonly FlagName[]): string | undefined =>
    isFlag(name) || !unless.some(isFlag) ? settings.text(name) : undefined;
  return {
    credentials: value("credentials", "token-file", "account", "configuration"),
    tokenFile: value("token-file", "credentials", "account", "configuration"),
    account: value("account", "token-file", "credentials"),
    configuration: value("configuration", "token-file", "credentials"),
  };
}

async function readAll(input: AsyncIterable<unknown>): Promise<string> {
  let text = "";
  for await (const chunk of input) text += String(chunk);
  return text;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** The TARGET to use: the argument, else `RUN_SERVICE`, else `SERVICE_URL`. */
export function targetText(text: string | undefined, { environment }: Io): string | undefined {
  return text ?? readVariable(environment, "RUN_SERVICE") ?? readVariable(environment, "SERVICE_URL");
}

/** The same where there must be one. */
export function requireTargetText(text: string | undefined, io: Io, example: string): string {
  const found = targetText(text, io);
  if (found !== undefined) return found;
  throw new RunpassError({
    code: "invalid_argument",
    message: "No TARGET is given",
    why: "neither RUN_SERVICE nor SERVICE_URL is set either",
    fix: `Name the service: ${example}`,
  });
}
