import type { Socket } from "node:net";
import { formatHead } from "./raw-response.ts";

/** What Node's parser and timers say, and the status for it. Whatever else is wrong is 400. */
const statuses: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "Payload Too Large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout"],
};

/** How long an answer may take that somebody must read before the connection is cut. */
const patienceMs = 5_000;

/**
 * Answers what is no HTTP request, and ends the connection. Node's own answer says nothing, and over TLS it is lost: its socket is
 * destroyed before what was written is encrypted.
 */
export function answerMalformed(error: NodeJS.ErrnoException & { readonly reason?: string }, socket: Socket): void {
  const [status, name] = statuses[error.code ?? ""] ?? [400, "Bad Request"];
  const text = `${explain(error.reason ?? name)}\n`;
  const fields = [
    "Content-Type",
    "text/plain; charset=utf-8",
    "Content-Length",
    String(text.length),
    "Connection",
    "close",
  ];
  socket.write(formatHead(status, name, fields) + text);
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.destroySoon();
}

/** @param reason The parser's own. */
function explain(reason: string): string {
  if (!/^Invalid char in url/i.test(reason)) return reason;
  return `${reason}: an address in HTTP is ASCII, so letters of others have to be percent-encoded (in curl: --url-query, or -G with --data-urlencode)`;
}
