import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCurl } from "../../../src/cli/curl/run-curl.ts";
import type { CurlCall } from "../../../src/cli/curl/run-curl.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { RunpassError } from "../../../src/core/errors.ts";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token that opens nothing, as long as a real one. */
export const token: string = [
  encode({ alg: "RS256", kid: "emulator-test", typ: "JWT" }),
  encode({ aud: "https://web-123456789012.us-central1.run.app", email: "dev@example.com", sub: "1", exp: 4e9 }),
  "s".repeat(342),
].join(".");

export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
}

/** A server on this machine that keeps what it was asked. */
export async function startServer(
  answer: RequestListener = (_, response) => response.end("ok\n"),
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    port,
    requests,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A folder of its own, removed at the end. */
export async function createFolder(): Promise<AsyncDisposable & { readonly path: string; file(name: string): string }> {
  const path = await mkdtemp(join(tmpdir(), "runpass-test-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export interface Outcome {
  readonly code?: number;
  /** Where runpass itself refused. */
  readonly error?: RunpassError;
  readonly stdout: string;
  readonly stderr: string;
  /** How often a token was asked for. */
  readonly tokensAsked: number;
  readonly started: { readonly words: readonly string[]; readonly child: ChildProcess }[];
}

export interface Surroundings {
  readonly path?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly homeDir?: string;
  readonly stdin?: string;
  readonly call?: Partial<CurlCall>;
  /** Called as soon as curl runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** `runpass curl` against an origin, in this process, with the token above. */
export async function curl(origin: string, words: readonly string[], around: Surroundings = {}): Promise<Outcome> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const stdin = new PassThrough();
  stdin.end(around.stdin ?? "");
  const started: { words: readonly string[]; child: ChildProcess }[] = [];
  let tokensAsked = 0;
  const idToken = (): Promise<string> => {
    tokensAsked++;
    return Promise.resolve(token);
  };
  const call: CurlCall = { origin, path: around.path ?? "/", arguments: words, idToken, label: "web", ...around.call };
  const start = ((command: string, args: readonly string[], options: object) => {
    const child = spawn(command, args, options);
    started.push({ words: args, child });
    around.onStart?.(child);
    return child;
  }) as typeof spawn;
  let code: number | undefined;
  let error: RunpassError | undefined;
  try {
    code = await runCurl(call, {
      environment: {
        variables: { PATH: process.env["PATH"], ...around.variables },
        homeDir: around.homeDir ?? "/nonexistent",
        platform: process.platform,
      },
      clock: systemClock,
      stdin,
      stdout,
      stderr,
      spawn: start,
      onSignal: () => () => {},
    });
  } catch (thrown) {
    if (!(thrown instanceof RunpassError)) throw thrown;
    error = thrown;
  }
  const text = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? "").toString();
  return {
    ...(code === undefined ? {} : { code }),
    ...(error === undefined ? {} : { error }),
    stdout: text(stdout),
    stderr: text(stderr),
    tokensAsked,
    started,
  };
}
