import { resolve } from "node:path";
import type { Answer, Context } from "../core/context.ts";
import type { RunpassError } from "../core/errors.ts";
import { describeNetworkFailure } from "../google/call.ts";
import { invalid, isFields, isSafeEndpoint, optionalText } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";
import { readTextFile } from "./read-text-file.ts";
import { unreadable } from "./subject-request.ts";
import type { SubjectRequest } from "./subject-request.ts";

/** Gets a subject token: the other provider's word on who one is. */
export type SubjectSource = (context: Context) => Promise<string>;

/**
 * Reads `credential_source`: a file, a URL, an executable or AWS. Nothing is got yet. Source: AIP-4117.
 *
 * @throws {RunpassError} `credentials_invalid`
 */
export function parseSubjectSource(fields: Fields, request: SubjectRequest): SubjectSource {
  const { origin } = request;
  const { credential_source: source } = fields;
  if (!isFields(source)) throw invalid(origin, "it has no credential_source");
  const file = optionalText(source["file"]);
  const url = optionalText(source["url"]);
  if (source["environment_id"] !== undefined) {
    return async (context) => (await import("./subject-aws.ts")).fetchAwsSubject(context, fields, request);
  }
  if (source["executable"] !== undefined) {
    return async (context) => (await import("./subject-executable.ts")).runForSubject(context, source, request);
  }
  if (source["certificate"] !== undefined)
    throw invalid(origin, "runpass cannot use a certificate as the subject token");
  const take = formatOf(source, origin);
  if (file !== undefined) {
    const path = resolve(file);
    return async () => take(readSubjectFile(path, origin), `${path}, which ${origin.source} names,`);
  }
  if (url === undefined) throw invalid(origin, "its credential_source is no file, URL, executable or AWS");
  if (!URL.canParse(url)) throw invalid(origin, "the url of its credential_source is none");
  const headers = headersOf(source, origin);
  // A service beside the workload speaks plain HTTP as a rule; whoever sends headers along may send a secret.
  if (Object.keys(headers).some((name) => name.toLowerCase() === "authorization") && !isSafeEndpoint(url)) {
    throw invalid(
      origin,
      "the url of its credential_source is no https URL, and an authorization is not sent in the clear",
    );
  }
  return async (context) =>
    take(await fetchSubject(context, url, headers, origin), `the answer of ${new URL(url).host}`);
}

type Take = (text: string, what: string) => string;

/** How the token lies in the text: it is all of it, or a member of a JSON object. */
function formatOf(source: Fields, origin: CredentialOrigin): Take {
  const format = isFields(source["format"]) ? source["format"] : {};
  const fix = `Correct credential_source in ${origin.source}, or what it names`;
  const checked = (token: unknown, what: string): string => {
    const trimmed = typeof token === "string" ? token.trim() : "";
    if (trimmed === "") throw unreadable(origin, `${what} holds no token`, fix);
    return trimmed;
  };
  switch (format["type"] ?? "text") {
    case "text":
      return checked;
    case "json": {
      const name = optionalText(format["subject_token_field_name"]);
      if (name === undefined) throw invalid(origin, "its credential_source has no subject_token_field_name");
      return (text, what) =>
        checked(parseObject(text, () => unreadable(origin, `${what} is no JSON object`, fix))[name], what);
    }
    default:
      throw invalid(origin, "the format of its credential_source is neither text nor json");
  }
}

function parseObject(text: string, failure: () => RunpassError): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure(); // the parser's own words quote the text
  }
  if (isFields(value)) return value;
  throw failure();
}

function readSubjectFile(path: string, origin: CredentialOrigin): string {
  const found = readTextFile(path);
  if (typeof found === "string") return found;
  throw unreadable(
    origin,
    `${path}: ${found.reason}`,
    "See that whoever issues the token writes it there, and that you may read it",
  );
}

function headersOf(source: Fields, origin: CredentialOrigin): Record<string, string> {
  const headers = source["headers"] ?? {};
  if (!isFields(headers) || Object.values(headers).some((value) => typeof value !== "string")) {
    throw invalid(origin, "the headers of its credential_source are no texts");
  }
  return headers as Record<string, string>;
}

const subjectTimeoutMs = 10_000;

async function fetchSubject(
  context: Context,
  url: string,
  headers: Record<string, string>,
  origin: CredentialOrigin,
): Promise<string> {
  const { host } = new URL(url);
  const fix = `See that ${host} is there and gives tokens`;
  let response: Answer;
  let text: string;
  try {
    const signal = AbortSignal.any([
      AbortSignal.timeout(subjectTimeoutMs),
      ...(context.signal ? [context.signal] : []),
    ]);
    response = await context.fetch(url, { headers, signal });
    text = await response.text();
  } catch (error) {
    throw unreadable(origin, `${host} cannot be reached: ${reasonOf(error, url, headers)}`, fix);
  }
  if (response.ok) return text;
  throw unreadable(origin, `${host} answered ${response.status}`, fix);
}

/** What `fetch` says of a header that is none quotes it. */
function reasonOf(error: unknown, url: string, headers: Record<string, string>): string {
  const reason = describeNetworkFailure(error);
  return [url, ...Object.entries(headers).flat()].some((text) => text !== "" && reason.includes(text))
    ? "no valid request"
    : reason;
}
