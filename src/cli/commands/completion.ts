import { RunpassError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest.ts";
import type { Execute } from "../command.ts";
import { completionScript, completionShells } from "../completion-scripts.ts";
import type { CompletionShell } from "../completion-scripts.ts";

export const execute: Execute = async ({ io, arguments: [shell = ""] }) => {
  if (!isShell(shell)) {
    const near = nearestName(shell, completionShells);
    throw new RunpassError({
      code: "invalid_argument",
      message: `There is no completion for ${JSON.stringify(shell)}`,
      fix: near === undefined ? `Give one of: ${completionShells.join(", ")}.` : `Did you mean ${near}?`,
    });
  }
  io.stdout.write(completionScript(shell));
};

function isShell(text: string): text is CompletionShell {
  return (completionShells as readonly string[]).includes(text);
}
