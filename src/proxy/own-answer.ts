import { escapeHtml } from "../core/escape-html.ts";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RunpassError } from "../core/errors.ts";
import { redact } from "../core/redact.ts";
import { isHttp2 } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { writeRawResponse } from "../http/raw-response.ts";

/** An answer that is ours and not the service's. */
export interface OwnAnswer {
  readonly status: number;
  /** A word for programs. */
  readonly code: string;
  readonly message: string;
  readonly why?: string | undefined;
  readonly fix?: string | undefined;
  /** Names and values in turn. */
  readonly rawHeaders?: readonly string[] | undefined;
  /** A form in which a person can give the local secret. */
  readonly hasSecretForm?: boolean | undefined;
}

/** Where the form of a page of ours goes. */
export const secretPath = "/.runpass/secret";

/** No token, no request: the answer instead. */
export function tokenFailure({ code, message, why, fix }: RunpassError): OwnAnswer {
  return { status: 502, code, message: `There is no token for this request: ${message}`, why, fix };
}

/** Answers in the form that the client asked for: HTML, JSON, or a gRPC status. What is left of the request is dropped. */
export function sendOwnAnswer(request: HttpRequest, response: HttpResponse, answer: OwnAnswer): void {
  const { type, body, rawHeaders } = format(request, answer);
  response.statusCode = isGrpc(request) ? 200 : answer.status;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    response.setHeader(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }
  response.setHeader("content-type", type);
  if (!isGrpc(request)) response.setHeader("content-length", Buffer.byteLength(body));
  // A body that nobody reads would stand in the way of the connection's next request.
  if (!isHttp2(request) && !request.complete) response.setHeader("connection", "close");
  if (request.method === "HEAD" || body === "") response.end();
  else response.end(body);
  request.resume();
}

/** The same for a WebSocket handshake. */
export function writeOwnAnswer(request: HttpRequest, socket: Duplex, answer: OwnAnswer): void {
  const { type, body, rawHeaders } = format(request, answer);
  writeRawResponse(socket, { status: answer.status, rawHeaders: [...rawHeaders, "Content-Type", type], body });
}

interface Formatted {
  readonly type: string;
  readonly body: string;
  readonly rawHeaders: readonly string[];
}

function format(request: HttpRequest, answer: OwnAnswer): Formatted {
  const { status, code } = answer;
  const message = redact(answer.message);
  const why = answer.why === undefined ? undefined : redact(answer.why);
  const fix = answer.fix === undefined ? undefined : redact(answer.fix);
  const rawHeaders = [
    ...["X-Runpass-Proxy", code, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"],
    ...(answer.rawHeaders ?? []),
  ];
  if (isGrpc(request)) {
    // gRPC's own status in an answer that is only a head: gRPC over HTTP/2, "Trailers-Only".
    const grpc = [
      "grpc-status",
      status === 502 ? "14" : "7",
      "grpc-message",
      encodeURIComponent(lineOf(message, why, fix)),
    ];
    return { type: "application/grpc", body: "", rawHeaders: [...rawHeaders, ...grpc] };
  }
  if (!/\btext\/html\b/i.test(request.headers.accept ?? "")) {
    const body = `${JSON.stringify({ error: { code, message, why, fix } }, null, 2)}\n`;
    return { type: "application/json", body, rawHeaders };
  }
  const policy = ["Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"];
  const body = page(status, message, why, fix, answer.hasSecretForm === true);
  return { type: "text/html; charset=utf-8", body, rawHeaders: [...rawHeaders, ...policy] };
}

function lineOf(message: string, why: string | undefined, fix: string | undefined): string {
  return [message, why, fix].filter((part) => part !== undefined).join(". ");
}

function isGrpc(request: HttpRequest): boolean {
  return /^application\/grpc(?:$|[+;])/.test(request.headers["content-type"] ?? "");
}

function page(
  status: number,
  message: string,
  why: string | undefined,
  fix: string | undefined,
  hasForm: boolean,
): string {
  const title = `${status} ${STATUS_CODES[status] ?? ""}`;
  const form =
    `<form method="post" action="${secretPath}"><label>Secret <input type="password" name="secret" autofocus></label> ` +
    "<button>Go on</button></form>";
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em }</style>
<h1>${title}</h1>
<p>${escapeHtml(message)}.</p>
${why === undefined ? "" : `<p>Why: ${escapeHtml(why)}.</p>\n`}${fix === undefined ? "" : `<p>To go on: <code>${escapeHtml(fix)}</code></p>\n`}${hasForm ? `${form}\n` : ""}<p><small>runpass proxy</small></p>
</html>
`;
}
