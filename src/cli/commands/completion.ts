import type { Execute } from "../command-line/command.ts";
import { completionScript } from "../command-line/completion-scripts.ts";
import type { CompletionShell } from "../command-line/completion-scripts.ts";

export const execute: Execute = async ({ io, arguments: [shell] }) => {
  io.stdout.write(completionScript(shell as CompletionShell)); // one of the choices
};
