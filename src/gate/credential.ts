import type { TraceStep } from "./decision.ts";
import { failed, passed, skipped } from "./steps.ts";

/** The two headers in which Cloud Run looks for a token. */
export type CredentialHeader = "authorization" | "x-serverless-authorization";

/** What a request brought to prove who calls. */
export type Credential =
  | { readonly kind: "none" | "unusable"; readonly step: TraceStep }
  | { readonly kind: "token"; readonly header: CredentialHeader; readonly token: string; readonly step: TraceStep };

const rule = "credential";
const token = {
  authorization: passed(rule, "Authorization holds a bearer token", "credential"),
  "x-serverless-authorization": passed(rule, "X-Serverless-Authorization holds a bearer token", "credential"),
};
const none = skipped(rule, "the request brings no credential", "credential");
const empty = skipped(rule, "the header is empty, which counts as no credential", "credential");
const several = failed(rule, "the request has several authorization headers", "malformed-credential");
const otherScheme = failed(rule, "the header holds no bearer token", "malformed-credential");
// Cloud Run's documentation counts malformed tokens as not verifiable and an empty header as no credential; a bare scheme is neither.
const bareScheme = failed(rule, "the header says Bearer with no token behind it", "bare-scheme");

/**
 * Picks the credential that counts. Where X-Serverless-Authorization is present, only that header is looked at, even if it is
 * bad and Authorization good. Source: Cloud Run documentation, "Service-to-service authentication"; for what is malformed
 * "Troubleshoot: Client is not authenticated properly".
 *
 * @param rawHeaders Names and values in turn.
 */
export function readCredential(rawHeaders: readonly string[]): Credential {
  const serverless = valuesOf(rawHeaders, "x-serverless-authorization");
  const header = serverless.length > 0 ? "x-serverless-authorization" : "authorization";
  const [value, second] = serverless.length > 0 ? serverless : valuesOf(rawHeaders, "authorization");
  if (value === undefined) return { kind: "none", step: none };
  if (second !== undefined) return { kind: "unusable", step: several };
  // RFC 9110 §11.4: the scheme in any case, then spaces and nothing but spaces.
  const scheme = /^[ \t]*bearer(?: +|[ \t]*$)/i.exec(value);
  if (!scheme) return /^[ \t]*$/.test(value) ? { kind: "none", step: empty } : { kind: "unusable", step: otherScheme };
  const credentials = value.slice(scheme[0].length);
  if (credentials === "") return { kind: "unusable", step: bareScheme };
  return { kind: "token", header, token: credentials, step: token[header] };
}

function valuesOf(rawHeaders: readonly string[], wanted: CredentialHeader): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (isNamed(rawHeaders[index] as string, wanted)) values.push(rawHeaders[index + 1] as string);
  }
  return values;
}

/** Whether a header's name, in any case, is this one. */
export function isNamed(header: string, wanted: CredentialHeader): boolean {
  // The length first: most headers need no lower case then.
  return header.length === wanted.length && header.toLowerCase() === wanted;
}
