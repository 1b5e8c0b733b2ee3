import { isNamed } from "./credential.ts";
import type { TraceStep } from "./decision.ts";
import { passed } from "./steps.ts";

/** What Google puts where a signature was, so that the service cannot use the token itself. */
const removed = "SIGNATURE_REMOVED_BY_GOOGLE";

export const signatureRemoved: TraceStep = passed(
  "forwarding",
  "the backend gets the token without its signature",
  "signature-removed",
);

/**
 * The request's headers as the backend gets them: in order, with duplicates, all there. X-Serverless-Authorization never keeps
 * a JWT's signature; Authorization loses it where the caller says so. Where nothing is removed, the same list comes back.
 * Source: Cloud Run documentation, "Service-to-service authentication", "Troubleshoot: Identity token signature redacted by Google".
 */
export function withoutSignatures(rawHeaders: readonly string[], fromAuthorization: boolean): readonly string[] {
  let result: string[] | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string;
    const isCut =
      isNamed(header, "x-serverless-authorization") || (fromAuthorization && isNamed(header, "authorization"));
    if (!isCut) continue;
    const value = rawHeaders[index + 1] as string;
    const cut = value.replace(/^([ \t]*bearer +[\w-]+\.[\w-]+\.)[\w-]+/i, `$1${removed}`);
    if (cut === value) continue;
    result ??= [...rawHeaders];
    result[index + 1] = cut;
  }
  return result ?? rawHeaders;
}
