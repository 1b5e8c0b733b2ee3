import { promisify } from "node:util";
import { gunzip, gzipSync, inflate } from "node:zlib";
import { requestAuthority } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { refuseGrpc, sendAnswer } from "./send-answer.ts";

/** The largest body that an API call may have. Google's own limit for JSON APIs is of this order; policies are far smaller. */
const bodyLimitBytes = 10 * 1024 * 1024;

/** Reads an HTTP request as an API call, answers it, and sends the answer. */
export async function exchangeApiCall(
  request: HttpRequest,
  response: HttpResponse,
  host: string,
  answer: (call: ApiCall) => Promise<ApiAnswer>,
): Promise<void> {
  if (request.headers["content-type"]?.startsWith("application/grpc")) return refuseGrpc(response, noGrpc);
  const sent = await readBody(request);
  if (sent === "aborted") return;
  const body = sent === "too large" ? sent : await decodeBody(sent, request.headers["content-encoding"]);
  if (body === "too large") return send(request, response, host, tooLarge);
  if (body === "undecodable") return send(request, response, host, undecodable);
  const url = request.url ?? "/";
  const queryAt = url.indexOf("?");
  const call: ApiCall = {
    method: request.method ?? "GET",
    host,
    authority: requestAuthority(request),
    path: queryAt < 0 ? url : url.slice(0, queryAt),
    query: new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt + 1)),
    headers: flatten(request.headers),
    body,
  };
  send(request, response, host, await answer(call));
}

/** Google's APIs speak gRPC on the same hosts. */
const noGrpc = "The emulator speaks REST only: tell the client so (Node.js: fallback: true).";

const tooLarge: ApiAnswer = {
  status: 413,
  body: {
    error: {
      code: 413,
      message: "Request payload size exceeds the limit: 10485760 bytes.",
      status: "INVALID_ARGUMENT",
    },
  },
};

const undecodable: ApiAnswer = {
  status: 400,
  body: {
    error: {
      code: 400,
      message: "The body is not encoded as Content-Encoding says, which may be gzip or deflate.",
      status: "INVALID_ARGUMENT",
    },
  },
};

const decoders = { gzip: promisify(gunzip), "x-gzip": promisify(gunzip), deflate: promisify(inflate) };

/** Google's client libraries for Java compress what they send. */
async function decodeBody(body: Buffer, coding = "identity"): Promise<Buffer | "too large" | "undecodable"> {
  const name = coding.trim().toLowerCase();
  if (name === "identity" || name === "") return body;
  const decode = decoders[name as keyof typeof decoders] as (typeof decoders)["gzip"] | undefined;
  try {
    return (await decode?.(body, { maxOutputLength: bodyLimitBytes })) ?? "undecodable";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too large" : "undecodable";
  }
}

/** Not by `for await` over the request: leaving it early would cut the connection under the answer. */
async function readBody(request: HttpRequest): Promise<Buffer | "too large" | "aborted"> {
  if (Number(request.headers["content-length"] ?? 0) > bodyLimitBytes) return "too large";
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bodyLimitBytes) return "too large";
      chunks.push(chunk);
    }
  } catch {
    return "aborted"; // the client went away: nobody is left to answer
  }
  return Buffer.concat(chunks);
}

/** One string a header, without the pseudo-headers of HTTP/2. */
function flatten(headers: NodeJS.Dict<string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(":"))
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}

function send(
  request: HttpRequest,
  response: HttpResponse,
  host: string,
  { status, headers, body, isCompact }: ApiAnswer,
): void {
  const isText = typeof body === "string";
  const text = isText ? body : `${JSON.stringify(body, null, isCompact ? 0 : 2)}\n`;
  const isZipped = !isText && isGoogle.test(host) && takesGzip(request.headers["accept-encoding"]);
  sendAnswer(request, response, {
    status,
    headers: {
      "content-type": isText ? "text/html; charset=UTF-8" : "application/json; charset=UTF-8",
      "cache-control": "private",
      "x-content-type-options": "nosniff",
      server: "ESF",
      ...headers,
      ...(isZipped ? { "content-encoding": "gzip" } : {}),
    },
    body: isZipped ? gzipSync(text) : text,
  });
}

/** Not the metadata server, nor the emulator's own control endpoints. */
const isGoogle = /\.google(?:apis)?\.com$/;

function takesGzip(accepted: string | string[] | undefined): boolean {
  return /(?:^|,)\s*(?:gzip|\*)\s*(?:,|$|;(?!\s*q=0(?:\.0+)?\s*(?:,|$)))/i.test(String(accepted ?? ""));
}
