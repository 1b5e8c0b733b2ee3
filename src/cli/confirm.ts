import type { Invocation } from "./command-line/command.ts";

/** Whether a person sits in front of it who can be asked. */
export function canAsk({ io, settings }: Invocation): boolean {
  return !settings.quiet && io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/** Asks on the terminal; Enter alone means yes, unless `fallback` says otherwise. */
export async function confirm({ io }: Invocation, question: string, fallback: "yes" | "no" = "yes"): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  io.stderr.write(`${question} ${fallback === "yes" ? "[Y/n]" : "[y/N]"} `);
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    for await (const line of lines) return /^(?:y|yes)$/i.test(line.trim() || fallback);
    return false; // the input ended without an answer
  } finally {
    lines.close();
  }
}
