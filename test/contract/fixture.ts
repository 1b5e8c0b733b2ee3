import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";

/** An emulator, and what a child process needs to meet it. */
export interface Subject extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly variables: NodeJS.ProcessEnv;
  /** Address of `my-service`, as its callers know it. */
  readonly serviceUrl: string;
  /** E-mail of the account `invoker`. */
  readonly serviceAccount: string;
}

export const serviceName = "projects/demo-project/locations/us-central1/services/my-service";

/** Starts an emulator for clients that nobody here wrote. They run in child processes, with the environment of `emulator exec`. */
export async function startSubject(world: World = defaultWorld): Promise<Subject> {
  const emulator = await createEmulator(world);
  const variables = { ...process.env, ...(await emulator.prepareEnvironment()) };
  return {
    emulator,
    variables,
    serviceUrl: emulator.serviceUrl("my-service"),
    serviceAccount: "invoker@demo-project.iam.gserviceaccount.com",
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code. */
export async function run(
  { variables }: Pick<Subject, "variables">,
  command: string,
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const child = spawn(command, args, { env: { ...variables, ...extra }, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, code] = await Promise.all([
    readText(child.stdout),
    readText(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    }),
  ]);
  return { code, stdout, stderr };
}

async function readText(stream: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}

const clientArguments = (name: string): readonly string[] => [
  "--no-warnings",
  join(import.meta.dirname, "clients", `${name}.ts`),
];

/** Runs `clients/NAME.ts` in Node.js and returns the JSON that it printed. */
export async function runClient<T>(subject: Subject, name: string, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await run(subject, process.execPath, [...clientArguments(name), ...args]);
  if (code !== 0) throw new Error(`the client ${name} ended with ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** A client that answers one question after the other, so that its library is loaded once. */
export interface Client extends AsyncDisposable {
  ask<T>(...words: readonly unknown[]): Promise<T>;
}

/** Starts `clients/NAME.ts`, which {@link serve}s. */
export function startClient(subject: Subject, name: string): Client {
  return converse(subject, process.execPath, clientArguments(name));
}

/**
 * Starts a command that answers each line of its standard input by a line, both JSON. It keeps this process alive only while it
 * has something to answer, and ends with it.
 */
export function converse({ variables }: Pick<Subject, "variables">, command: string, args: readonly string[]): Client {
  const child = spawn(command, args, { env: variables, stdio: "pipe" });
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket).unref();
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors = readText(child.stderr);
  const closed = once(child, "close");
  child.unref();
  let waiting = 0;
  return {
    ask: async <T>(...words: readonly string[]) => {
      if (waiting++ === 0) child.ref();
      child.stdin.write(`${JSON.stringify(words)}\n`);
      const { value, done } = await answers.next();
      if (--waiting === 0) child.unref();
      if (done) throw new Error(`${command} ended when it was asked ${JSON.stringify(words)}: ${await errors}`);
      return JSON.parse(value) as T;
    },
    [Symbol.asyncDispose]: async () => {
      child.ref();
      child.stdin.end();
      await closed;
    },
  };
}

/** Runs curl and returns the status that it saw. */
export async function curlStatus(subject: Subject, ...args: readonly string[]): Promise<number> {
  const { stdout } = await run(subject, "curl", ["-sS", "-o", "/dev/null", "-w", "%{http_code}", ...args]);
  return Number(stdout);
}

/** Why a test cannot run here, or `false`. Looked up, not tried: gcloud alone takes a second to say its version. */
export function missingCommand(command: string): string | false {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return directories.some((directory) => existsSync(join(directory, command))) ? false : `no ${command} on PATH`;
}

/** A refresh token of a user for gcloud's OAuth client, from gcloud's own files. */
export async function readGcloudKey({ variables }: Subject, email: string): Promise<Record<string, string>> {
  const path = join(variables["CLOUDSDK_CONFIG"]!, "legacy_credentials", email, "adc.json");
  return JSON.parse(await readFile(path, "utf8"));
}

/** A user's tokens for gcloud's OAuth client: `id_token` is what `gcloud auth print-identity-token` prints. */
export async function fetchTokens(
  subject: Subject,
  email: string,
): Promise<{ readonly id_token: string; readonly access_token: string }> {
  const form = { grant_type: "refresh_token", ...(await readGcloudKey(subject, email)) };
  const answer = await fetch(`${subject.emulator.url}/token`, { method: "POST", body: new URLSearchParams(form) });
  return (await answer.json()) as { id_token: string; access_token: string };
}

/** Calls an API as a user, over plain HTTP by path: for what a test needs before its subject comes in. */
export async function callAs<T>(
  subject: Subject,
  email: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const { access_token: accessToken } = await fetchTokens(subject, email);
  const response = await fetch(`${subject.emulator.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer as T;
}

/** Adds a binding to the policy of `my-service`, as its owner. */
export async function addBinding(subject: Subject, binding: PolicyBinding): Promise<void> {
  const path = `/v2/${serviceName}`;
  const policy = await callAs<{ bindings?: readonly PolicyBinding[] }>(
    subject,
    "admin@example.com",
    "GET",
    `${path}:getIamPolicy?options.requestedPolicyVersion=3`,
  );
  const bindings = [...(policy.bindings ?? []), binding];
  await callAs(subject, "admin@example.com", "POST", `${path}:setIamPolicy`, {
    policy: { ...policy, version: 3, bindings },
  });
}

interface PolicyBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title: string; readonly expression: string };
}

/** The default world with further bindings on its service and its service account. */
export function worldWith(bindings: {
  readonly service?: World["services"][number]["bindings"];
  readonly serviceAccount?: World["serviceAccounts"][number]["bindings"];
}): World {
  return {
    ...defaultWorld,
    services: defaultWorld.services.map((service) => ({ ...service, bindings: bindings.service ?? [] })),
    serviceAccounts: defaultWorld.serviceAccounts.map((account) => ({
      ...account,
      bindings: bindings.serviceAccount ?? [],
    })),
  };
}
