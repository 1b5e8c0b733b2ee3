import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingCommand, run } from "../fixture.ts";
import type { Finished, Subject } from "../fixture.ts";
import type { Kind } from "./kinds.ts";
import { runGcloud, startGcloud } from "../gcloud/run-gcloud.ts";
import { missingPython, runPython } from "../python.ts";
import { runCommandLine } from "../../support/command-line.ts";

/** What a client made of a credential: a token, or why none. */
export type Outcome = { readonly token: string } | { readonly error: string };

/** Something that gets ID tokens for a service. */
export interface Client {
  /** As the table has it. */
  readonly name: string;
  /** Why it cannot run here, or `false`. */
  readonly missing: string | false;
  /** An ID token for the service, of each kind that there is. */
  ask(subject: Subject, kinds: readonly Kind[]): Promise<readonly Outcome[]>;
}

/** The clients of the table. */
export const clients: readonly Client[] = [
  { name: "runpass", missing: false, ask: oneByOne(askRunpass) },
  { name: "google-auth-library", missing: false, ask: askLibrary(startLibrary) },
  { name: "gcloud", missing: missingCommand("gcloud"), ask: oneByOne(askGcloud) },
  {
    name: "Python's google-auth",
    missing: missingPython,
    ask: askLibrary((subject, credentials, variables) => runPython(subject, "identity", [credentials], variables)),
  },
];

/** Two at a time, in order. */
function oneByOne(ask: (subject: Subject, kind: Kind) => Promise<Outcome>): Client["ask"] {
  return async (subject, kinds) => {
    const outcomes: Outcome[] = [];
    const waiting = [...kinds.entries()];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) outcomes[next[0]] = await ask(subject, next[1]);
    };
    await Promise.all([work(), work()]);
    return outcomes;
  };
}

async function askRunpass(subject: Subject, { file, impersonate, variables = {} }: Kind): Promise<Outcome> {
  const words = [
    ...["token", subject.serviceUrl, "--no-cache"],
    ...(file === undefined ? [] : ["--credentials", file]),
    ...(impersonate === undefined ? [] : ["--as", impersonate]),
  ];
  const { exitCode, stdout, stderr } = await runCommandLine(words, { ...subject.variables, ...variables });
  return outcomeOf({ code: exitCode, stdout, stderr }, /^error: (.+)$/m);
}

/**
 * gcloud takes a file by a property. Only service accounts have an audience to choose there. Each kind has a directory of its
 * own: gcloud keeps tokens by the account's name, and one kind's would pass for another's.
 */
async function askGcloud(subject: Subject, { file, impersonate, variables = {} }: Kind): Promise<Outcome> {
  const own = { ...subject.variables, ...variables };
  const directory = await mkdtemp(join(tmpdir(), "runpass-gcloud-"));
  try {
    await cp(own["CLOUDSDK_CONFIG"]!, directory, { recursive: true });
    const override = file === undefined ? {} : { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: file };
    const extra = { ...variables, ...override, CLOUDSDK_CONFIG: directory };
    // It reads where the metadata server is while it is loaded.
    const gcloud = "GCE_METADATA_HOST" in variables ? startGcloud : runGcloud;
    const ask = async (...more: readonly string[]): Promise<Outcome> =>
      outcomeOf(
        await gcloud(subject, ["auth", "print-identity-token", ...more], extra),
        /^ERROR: (?:\([\w.-]+\) )?(.+)$/m,
      );
    const audience = `--audiences=${subject.serviceUrl}`;
    if (impersonate !== undefined) return await ask(audience, `--impersonate-service-account=${impersonate}`);
    const chosen = await ask(audience);
    return "error" in chosen && chosen.error.startsWith("Invalid account type") ? await ask() : chosen;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Where a client looks for a metadata server though it was given a file, it shall find none: the emulator's proxy has one. */
const noMetadataServer = {
  GCE_METADATA_HOST: "127.0.0.1:1",
  GCE_METADATA_IP: "127.0.0.1:1",
  GCE_METADATA_DETECT_RETRIES: "1",
};

/** A library loads longer than it takes to get a token: one start for all that share an environment. */
function askLibrary(
  start: (subject: Subject, credentials: string, variables: NodeJS.ProcessEnv) => Promise<Finished>,
): Client["ask"] {
  return async (subject, kinds) => {
    const outcomes = new Map<Kind, Outcome>();
    for (const [variables, group] of Map.groupBy(kinds, (kind) => kind.variables ?? noMetadataServer)) {
      const credentials = group.map(({ file = "", impersonate = "" }) => [file, impersonate]);
      const { code, stdout, stderr } = await start(subject, JSON.stringify(credentials), variables);
      if (code !== 0) throw new Error(`the client ended with ${code}: ${stderr}`);
      const seen = JSON.parse(stdout) as readonly Outcome[];
      group.forEach((kind, index) => outcomes.set(kind, seen[index]!));
    }
    return kinds.map((kind) => outcomes.get(kind)!);
  };
}

function startLibrary(subject: Subject, credentials: string, variables: NodeJS.ProcessEnv): Promise<Finished> {
  const script = join(import.meta.dirname, "..", "clients", "identity.ts");
  return run(subject, process.execPath, ["--no-warnings", script, credentials], variables);
}

function outcomeOf({ code, stdout, stderr }: Finished, words: RegExp): Outcome {
  if (code === 0) return { token: stdout.trim() };
  return { error: words.exec(stderr)?.[1] ?? `exit code ${code}` };
}
