import { RunpassError } from "../../core/errors.ts";

export function helpHint(path: readonly string[]): string {
  return `See what there is: ${["runpass help", ...path].join(" ")}`;
}

export function usageError(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, fix });
}
