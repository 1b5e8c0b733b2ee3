import type { Execute } from "../command.ts";
import { completionScript } from "../completion-scripts.ts";
import type { CompletionShell } from "../completion-scripts.ts";

export const execute: Execute = async ({ io, arguments: [shell] }) => {
  io.stdout.write(completionScript(shell as CompletionShell)); // one of the choices
};
