import { RunpassError } from "../core/errors.ts";
import type { CredentialOrigin } from "./fields.ts";

/** For whom a subject token is got. */
export interface SubjectRequest {
  readonly origin: CredentialOrigin;
  readonly audience: string;
  readonly subjectTokenType: string;
  /** The service account that will be impersonated, where the file names one. */
  readonly impersonated: string | undefined;
}

/** A subject token that cannot be got. @param why One clause without anything of the token. */
export function unreadable(origin: CredentialOrigin, why: string, fix: string, cause?: unknown): RunpassError {
  return new RunpassError({
    code: "subject_token_unreadable",
    message: `The subject token of ${origin.source} cannot be got`,
    why,
    fix,
    cause,
  });
}
