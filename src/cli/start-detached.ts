import type { Invocation } from "./command-line/command.ts";
import { RunpassError } from "../core/errors.ts";

/**
 * Starts `runpass emulator start` in the background and returns when it says that it is ready. What it says is one JSON object
 * on stdout, or an error of ours on stderr.
 */
export async function startDetached({ io, printer, settings }: Invocation, flags: readonly string[]): Promise<void> {
  const [executable = "", ...before] = io.self;
  // Once it is ready nobody reads what it says any more.
  const quietly = ["--format", "json", "--verbosity", "none"];
  const child = io.spawn(executable, [...before, "emulator", "start", ...quietly, ...flags], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: io.environment.variables,
  });
  let answer = "";
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const ready = await new Promise<{ url: string; pid: number }>((resolve, reject) => {
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
      if (answer.endsWith("}\n")) resolve(JSON.parse(answer) as { url: string; pid: number });
    });
    child.on("error", reject);
    child.on("close", () => reject(failureOf(complaint)));
  });
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
  if (settings.format === "json") printer.json(ready);
  else printer.note(`[emulator] ready at ${ready.url} (process ${ready.pid}); to end it: runpass emulator stop`);
}

/** The error that the child reported, as ours. */
function failureOf(complaint: string): RunpassError {
  try {
    const { error } = JSON.parse(complaint) as { error: ConstructorParameters<typeof RunpassError>[0] };
    return new RunpassError(error);
  } catch (cause) {
    return new RunpassError({
      code: "child_not_started",
      message: "the emulator ended before it was ready",
      why: complaint.trim() || undefined,
      fix: "Start it in the foreground to see more: runpass emulator start",
      cause,
    });
  }
}
