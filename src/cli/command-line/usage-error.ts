import { RunpassError } from "../../core/errors.ts";
import { nearestName } from "../../core/nearest.ts";

export function helpHint(path: readonly string[]): string {
  return `See what there is: ${["runpass help", ...path].join(" ")}`;
}

export function usageError(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, fix });
}

/** A value that is none of its choices. @param what The argument or flag, or where it comes from. */
export function choiceError(what: string, given: string, choices: readonly string[]): RunpassError {
  const near = nearestName(given, choices);
  const fix = near === undefined ? `Give one of: ${choices.join(", ")}.` : `Did you mean ${near}?`;
  return usageError(`${what} cannot be ${JSON.stringify(given)}`, fix);
}
