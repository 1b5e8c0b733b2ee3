import { constants, tmpdir } from "node:os";
import { readFileSync } from "node:fs";
import type { ChildProcess, StdioOptions } from "node:child_process";
import { RunpassError } from "../../core/errors.ts";
import { parseServiceUrl } from "../../run/service-url.ts";
import type { ServiceUrl } from "../../run/service-url.ts";
import type { Io } from "../io.ts";
import { fileEncoding, formatConfig, inlineFiles, readCurlrc } from "./config-file.ts";
import { parseCurlArguments } from "./parse-arguments.ts";
import type { CurlArgument } from "./parse-arguments.ts";
import { createPrivateFile } from "./private-file.ts";
import type { PrivateFile } from "./private-file.ts";
import { isGoogleRefusal } from "../../google/google-page.ts";
import { explainRefusal } from "./refusal.ts";
import { readResponseHeads } from "./response-headers.ts";
import { judge } from "./rules.ts";
import type { Verdict } from "./rules.ts";
import { createVerboseFilter } from "./verbose-filter.ts";

/** A call of curl's with our token. */
export interface CurlCall {
  /** Where the service is: `https://HOST` or, on this machine, `http://HOST:PORT`. */
  readonly origin: string;
  /** Path and query as the user wrote them: empty, or starts with `/` or `?`. */
  readonly path: string;
  /** curl's own arguments, as the user wrote them. */
  readonly arguments: readonly string[];
  /** Gives the ID token; asked once the arguments have been found in order. */
  readonly idToken: () => Promise<string>;
  /** The service as the user named it, without a path: for messages. */
  readonly label: string;
  /** What the token should be made out to, where that is known: for messages. */
  readonly audience?: string | undefined;
  /** E-mail of the impersonated account, if any: for messages. */
  readonly asAccount?: string | undefined;
  /** Told when Google refuses the call. */
  readonly onRefusal?: (status: number) => void;
}

/** The part of the command line's surroundings that curl needs. */
export type CurlIo = Pick<Io, "environment" | "clock" | "stdin" | "stdout" | "stderr" | "spawn" | "onSignal">;

/**
 * Runs the real `curl` with the token in a file that has no name any more and is inherited as a descriptor: it shows in no
 * argument list, environment, `-v` output or directory. When Google refuses the call, two lines on stderr say why.
 *
 * @returns curl's exit code; 128 and the signal's number when a signal ended it.
 * @throws {RunpassError} `invalid_argument` for arguments that would take the token elsewhere, `child_not_started`.
 */
export async function runCurl(asked: CurlCall, io: CurlIo): Promise<number> {
  const call = { ...asked, path: encodeLetters(asked.path) };
  if (io.environment.platform === "win32") throw noDescriptors();
  const target = targetOf(call);
  const own = parseCurlArguments(call.arguments);
  const readInput = async (): Promise<string> => Buffer.concat(await io.stdin.toArray()).toString(fileEncoding);
  // curl reads its own .curlrc unless -q comes first; we read it, to judge it, and always put -q first.
  const curlrc = own[0]?.name === "disable" ? [] : await readCurlrc(io.environment, readInput);
  const options = [...curlrc, ...(await inlineFiles(own, readInput))];
  const verdict = judge(options, target);
  const idToken = await call.idToken();
  const files: PrivateFile[] = [];
  const open = (text: string): string => {
    files.push(createPrivateFile(tmpdir(), text));
    return `/dev/fd/${files.length + 2}`;
  };
  try {
    const words = wordsFor(options, verdict, idToken, call, open);
    const ownDump = options.findLast(({ name }) => name === "dump-header")?.value;
    // curl writes one dump only: where the user wants it, or into a nameless file.
    if (ownDump === undefined) words.push("--dump-header", open(""));
    const verbose = options.some(({ name, off }) => name === "verbose" && !off);
    const code = await runChild(words, files, verbose ? idToken : undefined, io);
    const dump = ownDump === undefined ? files.at(-1)!.read() : readDump(ownDump);
    const longest = longestPathBytes(options, call.path);
    const refusal = readResponseHeads(dump, call.origin).find((head) => isGoogleRefusal(head, longest));
    if (refusal) {
      call.onRefusal?.(refusal.status);
      const nowSeconds = Math.floor(io.clock.nowMs() / 1000);
      for (const line of explainRefusal(refusal.status, { ...call, idToken, nowSeconds })) {
        io.stderr.write(`runpass: ${line}\n`);
      }
    }
    return code;
  } finally {
    for (const file of files) file.close();
  }
}

/** curl sends letters outside ASCII in a query as they are, which HTTP/1 servers refuse. Its own patterns stay. */
function encodeLetters(path: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII
  return path.toWellFormed().replace(/[^\x00-\x7f]+/g, encodeURIComponent);
}

function targetOf(call: CurlCall): ServiceUrl {
  const target = parseServiceUrl(call.origin + call.path);
  if (typeof target !== "string") return target;
  throw new RunpassError({ code: "invalid_argument", message: `${call.label} cannot be called`, why: target });
}

/** curl's arguments: what came from files goes back into files, the rest is as the user wrote it. */
function wordsFor(
  options: readonly CurlArgument[],
  verdict: Verdict,
  idToken: string,
  call: CurlCall,
  open: (text: string) => string,
): string[] {
  const words = ["-q", "-K", open(formatConfig([{ flag: "--header", value: `${verdict.header}: Bearer ${idToken}` }]))];
  words.push("--url", call.origin + call.path);
  let hidden: CurlArgument[] = [];
  const flush = (): void => {
    if (hidden.length > 0) words.push("-K", open(formatConfig(hidden)));
    hidden = [];
  };
  // Said more than once, -v makes newer versions of curl dump what they send in a form that the filter does not read.
  const lastVerbose = options.findLast(({ name }) => name === "verbose");
  for (const option of options) {
    if (option.name === "disable" || (option.name === "verbose" && option !== lastVerbose)) continue;
    if (option.hidden) hidden.push(option);
    else {
      flush();
      words.push(option.flag, ...(option.value === undefined ? [] : [option.value]));
    }
  }
  flush();
  for (const { flag, value } of verdict.enforced) words.push(flag, ...(value === undefined ? [] : [value]));
  return words;
}

async function runChild(
  words: readonly string[],
  files: readonly PrivateFile[],
  secret: string | undefined,
  io: CurlIo,
): Promise<number> {
  const stderr = secret === undefined ? descriptorOf(io.stderr) : "pipe";
  const stdio: StdioOptions = [descriptorOf(io.stdin), descriptorOf(io.stdout), stderr];
  const child = io.spawn("curl", words, {
    stdio: [...stdio, ...files.map(({ descriptor }) => descriptor)],
    env: io.environment.variables,
  });
  if (child.stdin) io.stdin.pipe(child.stdin).on("error", () => {}); // curl need not read its input to the end
  child.stdout?.setEncoding("utf8").on("data", (text: string) => io.stdout.write(text));
  const filter = createVerboseFilter(secret ?? "\0", (text) => io.stderr.write(text));
  child.stderr?.on("data", (chunk: Buffer) => filter.push(chunk)).on("end", () => filter.end());
  // A terminal sends Ctrl-C to curl as well: it ends, and its code is ours. Other signals come to us alone.
  const stopListening = io.onSignal((signal) => {
    if (signal !== "SIGINT") child.kill(signal);
  });
  try {
    return await exitOf(child);
  } finally {
    stopListening();
  }
}

/** A stream's own descriptor, so that curl sees the same terminal or file; a pipe where a test gave a stream without one. */
function descriptorOf(stream: object): number | "pipe" {
  return "fd" in stream && typeof stream.fd === "number" ? stream.fd : "pipe";
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(notStarted(cause)));
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** The most that path and query can be: with `-G` and the like, curl adds data to it, each letter as three at most. */
function longestPathBytes(options: readonly CurlArgument[], path: string): number {
  const added = options.filter(({ name }) => name === "request-target" || /^(?:url|data|json)/.test(name));
  return added.reduce((sum, { value = "" }) => sum + 1 + 3 * Buffer.byteLength(value), Buffer.byteLength(path));
}

/** The header dump that the user asked for, where it went into a file: `-` and `%` are streams. */
function readDump(path: string): string {
  if (path === "-" || path === "%") return "";
  try {
    return readFileSync(path, fileEncoding);
  } catch {
    return ""; // curl could not write it and has said so
  }
}

function notStarted(cause: Error): RunpassError {
  return new RunpassError({
    code: "child_not_started",
    message: "curl could not be started",
    why: cause.message,
    fix: "Install curl, and see that it is on PATH.",
    cause,
  });
}

function noDescriptors(): RunpassError {
  return new RunpassError({
    code: "child_not_started",
    message: "runpass curl does not work on Windows",
    why: "there is no way there to hand curl the token unseen",
    fix: "Use runpass proxy TARGET, and curl its address.",
  });
}
