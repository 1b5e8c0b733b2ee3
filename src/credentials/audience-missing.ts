import { RunpassError } from "../core/errors.ts";

/** For whoever can choose an audience and has chosen none. */
export function audienceMissing(): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: "A service account's ID token needs an audience",
    fix: "Name the service, or give --audience URL",
  });
}
