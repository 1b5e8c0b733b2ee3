import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { run } from "../../src/cli/run.ts";
import type { Io } from "../../src/cli/io.ts";
import type { Fetch } from "../../src/core/context.ts";
import { createMovableClock, systemClock } from "../../src/core/clock.ts";
import type { Clock } from "../../src/core/clock.ts";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator, EmulatorOptions } from "../../src/emulator/emulator.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { publishedCommand } from "./published-command.ts";

/** What came of one command line. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions extends StreamOptions {
  /** Set over the environment; `undefined` takes one away. */
  readonly variables?: Variables;
  /** How far this machine's clock is ahead of the emulator's, in milliseconds. Default 0. */
  readonly aheadMs?: number;
}

interface StreamOptions {
  readonly stdin?: string;
  /** In the place of the network that the environment leads to. */
  readonly fetch?: Fetch;
  /** Instead of real waiting. */
  readonly pause?: (delayMs: number) => Promise<void>;
  /** Whether the streams are terminals. Default false. */
  readonly terminal?: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** The whole command line in this process, in the environment of an emulator, at a date that stands still. */
export interface CommandLine extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly variables: Variables;
  runpass(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

/** The date: any will do that the emulator's certificates are not asked about. */
export const frozenMs: number = Date.parse("2026-11-23T12:00:00Z");

/** How long a policy takes in rough mode at most. */
const longestPropagationMs = 3000;

export async function createCommandLine(world?: World, options: EmulatorOptions = {}): Promise<CommandLine> {
  const clock = createMovableClock({ nowMs: () => frozenMs });
  const emulator = await createEmulator(world, { ...options, clock });
  const homeDir = await mkdtemp(join(tmpdir(), "runpass-test-"));
  const parent = { PATH: process.env["PATH"], HOME: homeDir };
  const variables = { ...parent, ...(await emulator.prepareEnvironment(join(homeDir, "emulator"), parent)) };
  return {
    emulator,
    variables,
    runpass: async (argv, { variables: over = {}, aheadMs = 0, ...rest } = {}) => {
      const ownClock = { nowMs: () => emulator.clock.nowMs() + aheadMs };
      const result = await runCommandLine(argv, { ...variables, ...over }, { homeDir, clock: ownClock, ...rest });
      // What was granted is waited for: that is another test's subject.
      if (world?.trouble?.rough) emulator.clock.advanceMs(longestPropagationMs);
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      await emulator.close();
      await rm(homeDir, { recursive: true, force: true });
    },
  };
}

/** Runs a command line in this process. */
export async function runCommandLine(
  argv: readonly string[],
  variables: Variables,
  {
    homeDir = "/nonexistent",
    clock = systemClock,
    stdin = "",
    terminal = false,
    pause,
    fetch,
  }: StreamOptions & { readonly homeDir?: string; readonly clock?: Clock } = {},
): Promise<CommandResult> {
  let stdout = "";
  let stderr = "";
  const io: Io = {
    environment: { variables, homeDir, platform: process.platform },
    clock,
    ...(fetch ? { fetch } : {}),
    stdin: Object.assign(Readable.from(stdin === "" ? [] : [stdin]), { isTTY: terminal }),
    stdout: { isTTY: terminal, write: (text) => (stdout += text) },
    stderr: { isTTY: terminal, write: (text) => (stderr += text) },
    spawn,
    pause,
    self: [process.execPath, publishedCommand],
    onSignal: () => () => {},
  };
  const exitCode = await run(argv, io);
  return { exitCode, stdout, stderr };
}

/** Runs a command line that must succeed, and returns what it printed. */
export async function done({ runpass }: CommandLine, ...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runpass(argv);
  if (exitCode !== 0) throw new Error(`runpass ${argv.join(" ")} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

/** The status that `runpass curl` got, as text. */
export async function statusOf({ runpass }: CommandLine, ...argv: readonly string[]): Promise<string> {
  return (await runpass(["curl", ...argv, "-s", "-o", "/dev/null", "-w", "%{http_code}"])).stdout;
}
