import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { escapePattern } from "../../core/escape-pattern.ts";
import { ApiFailure } from "./route.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** Google's own limit differs by API; its documentation names 100 most often. */
const maxCalls = 100;

/** Whether this is several calls in one: `/batch`, or `/batch/iam/v1` at `www.googleapis.com`. */
export function isBatch({ method, path }: ApiCall): boolean {
  return method === "POST" && isBatchPath(path);
}

export function isBatchPath(path: string): boolean {
  return /^\/batch(?:\/[\w./-]*)?$/.test(path);
}

/**
 * Answers each of the calls that a batch holds, in their order. What the batch itself says of the caller counts for those that say
 * nothing. Sources: Google's documentation of batch requests; RFC 2046, section 5.1.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT` for what is no batch.
 */
export async function answerBatch(batch: ApiCall, answer: (call: ApiCall) => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(batch.headers["content-type"] ?? "")?.[1];
  if (boundary === undefined) throw wrong("Failed to parse batch request, error: no boundary in Content-Type.");
  const parts = batch.body
    .toString("utf8")
    .split(new RegExp(`(?:^|\\r?\\n)--${escapePattern(boundary.trim())}(?:--)?[ \\t]*(?=\\r?\\n|$)`))
    .slice(1, -1);
  if (parts.length === 0) throw wrong("Failed to parse batch request, error: 0 items.");
  if (parts.length > maxCalls) throw wrong(`The batch request could not be processed: more than ${maxCalls} calls.`);
  const calls = parts.map((part) => readPart(part, batch));
  const answers = await Promise.all(calls.map(({ call }) => answer(call)));
  const separator = `batch_${randomUUID()}`;
  const written = answers.map((each, index) => `--${separator}\r\n${writePart(calls[index]?.id, each)}\r\n`);
  return {
    status: 200,
    headers: { "content-type": `multipart/mixed; boundary=${separator}`, vary: "Origin, X-Origin, Referer" },
    body: `${written.join("")}--${separator}--\r\n`,
  };
}

interface BatchedCall {
  readonly id: string | undefined;
  readonly call: ApiCall;
}

function readPart(part: string, batch: ApiCall): BatchedCall {
  const [mime, request] = cut(part.replace(/^\r?\n/, ""));
  const [head, body] = cut(request);
  const [, method = "", target = "", fields = ""] =
    /^([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?[ \t]*(?:\r?\n([^]*))?$/.exec(head) ?? [];
  if (method === "") throw wrong("Failed to parse batch request, error: a part is no HTTP request.");
  const [path = "", query = ""] = target.replace(/^https?:\/\/[^/]+/, "").split(/\?(.*)/s);
  const { authorization } = batch.headers;
  return {
    id: readFields(mime)["content-id"],
    call: {
      ...batch,
      method,
      path,
      query: new URLSearchParams(query),
      headers: { ...(authorization === undefined ? {} : { authorization }), ...readFields(fields) },
      body: Buffer.from(body.replace(/\r?\n$/, "")),
    },
  };
}

function writePart(id: string | undefined, { status, body, headers, isCompact }: ApiAnswer): string {
  const text = typeof body === "string" ? body : JSON.stringify(body, null, isCompact ? 0 : 2);
  const fields = {
    "content-type": "application/json; charset=UTF-8",
    ...headers,
    "content-length": Buffer.byteLength(text),
  };
  return [
    "Content-Type: application/http",
    ...(id === undefined ? [] : [`Content-ID: ${id.replace(/^<?/, "<response-").replace(/>?$/, ">")}`]),
    "",
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    "",
    text,
  ].join("\r\n");
}

/** What stands before the first empty line, and what behind it. */
function cut(text: string): readonly [string, string] {
  const [head = "", rest = ""] = text.split(/\r?\n\r?\n([^]*)/);
  return [head, rest];
}

/** Header fields by their names in lower case. */
function readFields(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).map((line) => /^([^:\s]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []);
  return Object.fromEntries(lines.flatMap(([, name, value = ""]) => (name ? [[name.toLowerCase(), value]] : [])));
}

function wrong(message: string): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", message);
}
