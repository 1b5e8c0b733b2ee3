import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { redact } from "../../core/redact.ts";
import type { ChildVariables } from "../child-environment.ts";
import type { WorldCommand } from "../world/world.ts";
import { freePort, untilReady } from "./ready.ts";

/** What {@link createInstance} needs. */
export interface InstanceOptions {
  readonly command: WorldCommand;
  /** What its lines in the log begin with. */
  readonly label: string;
  /** The whole environment that the command starts in, but for `PORT`. Asked for at each start. */
  environment(): Promise<ChildVariables>;
  log(line: string): void;
}

/** A backend that a command runs: started when it is first needed, and again when it has ended. */
export interface Instance {
  /**
   * Its address, once it is ready. What ends before it is ready is not started again at once: until then this rejects at once.
   *
   * @throws {Error} in words what went wrong.
   */
  ready(): Promise<URL>;
  /** Ends it: SIGTERM, and SIGKILL ten seconds later, as Cloud Run does. Idempotent. */
  close(): Promise<void>;
}

/** Cloud Run's startup probe waits as long. Source: Cloud Run documentation, "Container health checks". */
const startTimeoutMs = 240_000;
/** Source: Cloud Run documentation, "Container runtime contract". */
const stopTimeoutMs = 10_000;
const firstDelayMs = 1_000;
const maxDelayMs = 30_000;

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<string>;
  readonly ready: Promise<URL>;
}

export function createInstance({ command, label, environment, log }: InstanceOptions): Instance {
  const closing = new AbortController();
  let running: Promise<Running> | undefined;
  /** How long the next start waits after one that failed. */
  let delayMs = firstDelayMs;

  async function start(): Promise<Running> {
    const port = command.port ?? (await freePort());
    const variables = { ...(await environment()), PORT: String(port) };
    closing.signal.throwIfAborted();
    const [file = "", ...args] = command.command;
    const child = spawn(file, args, {
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      env: variables,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32", // a group of its own, so that what it starts ends with it
    });
    const killAtExit = (): void => signalGroup(child, "SIGKILL");
    process.once("exit", killAtExit);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => log(redact(`[${label}] ${line}`)));
    }
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`${file} could not be started: ${error.message}`));
      child.once("exit", (code, signal) => resolve(`${file} ended with ${code ?? signal}`));
    });
    const gaveUp = new AbortController();
    const ready = Promise.race([
      untilReady(port, command.readyPath, startTimeoutMs, gaveUp.signal),
      ended.then((how) => {
        throw new Error(`${how} before it listened on port ${port}`);
      }),
    ]);
    const started = { child, ended, ready };
    void watch(started, port).finally(() => {
      gaveUp.abort();
      process.off("exit", killAtExit);
    });
    return started;
  }

  /** Tells how it goes, and starts it again when it has ended. */
  async function watch({ child, ended, ready }: Running, port: number): Promise<void> {
    const failure = await ready.then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    if (failure) {
      signalGroup(child, "SIGKILL");
      if (!closing.signal.aborted) log(`[${label}] ${failure.message}`);
    } else {
      log(`[${label}] ready on port ${port}`);
      delayMs = firstDelayMs;
    }
    const how = await ended;
    if (closing.signal.aborted) return;
    if (failure) return startLater();
    log(`[${label}] ${how}; it is started again`);
    startAgain();
  }

  function startAgain(): void {
    running = start();
    running.catch(() => {}); // told to whoever asks
  }

  /** Until then, whoever asks is told of the failed start. */
  async function startLater(): Promise<void> {
    const pauseMs = delayMs;
    delayMs = Math.min(2 * delayMs, maxDelayMs);
    try {
      await wait(pauseMs, undefined, { signal: closing.signal, ref: false });
    } catch {
      return; // closed meanwhile
    }
    startAgain();
  }

  return {
    ready: async () => {
      const starting = (running ??= start());
      try {
        return await (
          await starting
        ).ready;
      } catch (error) {
        // What was not even started has no next attempt of its own.
        const isStarted = await starting.then(
          () => true,
          () => false,
        );
        if (!isStarted && running === starting) running = undefined;
        throw error;
      }
    },
    close: async () => {
      closing.abort();
      const started = await running?.catch(() => undefined); // a start that failed has nothing to end
      if (!started) return;
      signalGroup(started.child, "SIGTERM");
      const timer = setTimeout(() => signalGroup(started.child, "SIGKILL"), stopTimeoutMs);
      await started.ended;
      clearTimeout(timer);
    },
  };
}

/** Signals a process and all that it has started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // gone already
  }
}
