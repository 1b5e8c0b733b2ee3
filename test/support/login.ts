import { spawn } from "node:child_process";
import type { ChildResult } from "./loopback.ts";
import { publishedCommand } from "./published-command.ts";

/** A `runpass login` under way, in a process of its own. */
export interface LoginProcess {
  /** The address that it shows, for a browser. */
  readonly url: URL;
  /** Types a line into it. */
  type(line: string): void;
  /** Ends its input. */
  endInput(): void;
  readonly finished: Promise<ChildResult>;
}

/** Starts `runpass login` and waits until it shows the address to open. */
export function startLogin(
  variables: Readonly<Record<string, string | undefined>>,
  ...argv: readonly string[]
): Promise<LoginProcess> {
  const child = spawn(process.execPath, [publishedCommand, "login", ...argv], {
    env: variables,
    stdio: "pipe",
    timeout: 30_000,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const { promise, resolve, reject } = Promise.withResolvers<LoginProcess>();
  const finished = new Promise<ChildResult>((resolveEnd) => {
    child.once("close", (code) => {
      resolveEnd({ code: code ?? 128, stdout, stderr });
      reject(new Error(`it ended before it showed an address: ${stderr}`));
    });
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    const address = /^ {4}(http\S+)\n/m.exec(stderr)?.[1];
    if (address === undefined) return;
    resolve({
      url: new URL(address),
      type: (line) => void child.stdin.write(`${line}\n`),
      endInput: () => void child.stdin.end(),
      finished,
    });
  });
  return promise;
}
