import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { TestContext } from "node:test";
import { publishedCommand } from "./published-command.ts";

/** What `--format json` prints, one a line, as far as tests look at it. */
export interface Line {
  readonly type: string;
  readonly doors: readonly { readonly url: string; readonly services: readonly string[] }[];
  readonly service: string;
  readonly path: string;
  readonly status: number;
  readonly source: string;
  readonly adminUrl?: string;
}

/** runpass in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  /** The first line of stdout that is JSON of this type, or the one after `skip` of them. */
  line(type: string, skip?: number): Promise<Line>;
  /** Settles when stderr holds this text. */
  says(text: string): Promise<void>;
  readonly exit: Promise<number | null>;
}

export interface ProgramOptions {
  readonly variables: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** How many files it may hold open, connections among them. */
  readonly openFiles?: number;
}

export function startProgram(t: TestContext, words: readonly string[], options: ProgramOptions): Program {
  const { openFiles } = options;
  const plain = [process.execPath, publishedCommand, ...words];
  const limited = openFiles === undefined ? plain : ["sh", "-c", `ulimit -n ${openFiles} && exec "$@"`, "sh", ...plain];
  const [command = "", ...rest] = limited;
  const child = spawn(command, rest, {
    env: options.variables,
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const look of waiting) look();
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  const until = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void exit.then(() => reject(new Error(`it ended: ${output.stderr}`)));
    });
  return {
    child,
    output,
    exit,
    line: (type, skip = 0) =>
      until(
        () =>
          output.stdout
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Line)
            .filter((value) => value.type === type)[skip],
      ),
    says: async (text) => {
      await until(() => output.stderr.includes(text) || undefined);
    },
  };
}
