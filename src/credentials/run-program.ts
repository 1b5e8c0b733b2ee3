import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Context } from "../core/context.ts";
import { readVariable } from "../core/environment.ts";
import type { Environment } from "../core/environment.ts";

/** Nobody's tokens are longer. */
const maxOutputBytes = 1 << 20;

export interface ProgramCall {
  readonly file: string;
  readonly arguments: readonly string[];
  /** Over the environment's variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** How a program ended. */
export interface ProgramResult {
  readonly stdout: string;
  readonly stderr: string;
  /** One clause where it was not started, did not end in time, or ended with another code than 0. */
  readonly failure?: string;
}

/** Runs a program to its end, without a shell and without input. Never rejects. */
export function runProgram({ environment, signal }: Context, call: ProgramCall): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const timeout = AbortSignal.timeout(call.timeoutMs);
    const output = { stdout: "", stderr: "" };
    const end = (failure?: string): void => resolve({ ...output, ...(failure === undefined ? {} : { failure }) });
    try {
      // Loaded here, as a token from the cache needs no program.
      const { spawn } = process.getBuiltinModule("node:child_process");
      const child = spawn(call.file, call.arguments, {
        env: { ...environment.variables, ...call.variables },
        stdio: ["ignore", "pipe", "pipe"],
        signal: AbortSignal.any([timeout, ...(signal ? [signal] : [])]),
        killSignal: "SIGKILL",
        windowsHide: true,
      });
      for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (chunk: string) => {
          output[name] = (output[name] + chunk).slice(0, maxOutputBytes);
        });
      }
      child.once("error", (error: NodeJS.ErrnoException) => {
        if (timeout.aborted) end(`it did not end within ${call.timeoutMs / 1000} s`);
        else end(error.name === "AbortError" ? "it was stopped" : `it could not be started (${error.code})`);
        // What it started itself may hold the pipes open.
        child.stdout.destroy();
        child.stderr.destroy();
      });
      child.once("close", (code, killedBy) => {
        end(code === 0 ? undefined : `it ended with ${code === null ? `the signal ${killedBy}` : `exit code ${code}`}`);
      });
    } catch (error) {
      end(`it could not be started (${(error as NodeJS.ErrnoException).code})`); // a null byte in a name, for example
    }
  });
}

/** Finds a program on the environment's `PATH`. */
export function findProgram(environment: Environment, name: string): string | undefined {
  const endings = environment.platform === "win32" ? [".cmd", ".exe"] : [""];
  const directories = (readVariable(environment, "PATH") ?? "").split(delimiter).filter((entry) => entry !== "");
  return directories.flatMap((entry) => endings.map((ending) => join(entry, name + ending))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us
  }
}
