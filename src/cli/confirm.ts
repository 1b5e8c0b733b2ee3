import type { Invocation } from "./command.ts";

/** Whether a person sits in front of it who can be asked. */
export function canAsk({ io, settings }: Invocation): boolean {
  return !settings.quiet && io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/** Asks on the terminal; Enter alone means yes. */
export async function confirm({ io }: Invocation, question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  io.stderr.write(`${question} [Y/n] `);
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    for await (const line of lines) return /^(?:y|yes)?$/i.test(line.trim());
    return false; // the input ended without an answer
  } finally {
    lines.close();
  }
}
