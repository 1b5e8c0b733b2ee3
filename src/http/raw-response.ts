import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** An answer to a CONNECT or an upgrade, where Node.js gives a bare socket. */
export interface RawResponse {
  readonly status: number;
  /** Of the status line. Default: the usual one. */
  readonly reason?: string;
  /** Names and values in turn. Framing and `Connection` are added. */
  readonly rawHeaders?: readonly string[];
  /** Default content type: `text/plain`. */
  readonly body?: string;
}

/** Writes an HTTP/1.1 answer to a bare socket and ends the connection. */
export function writeRawResponse(socket: Duplex, response: RawResponse): void {
  const { status, reason = STATUS_CODES[status] ?? "", rawHeaders = [], body = "" } = response;
  const hasType = rawHeaders.some((name, index) => index % 2 === 0 && name.toLowerCase() === "content-type");
  const head = formatHead(status, reason, [
    ...rawHeaders,
    ...(hasType ? [] : ["Content-Type", "text/plain; charset=utf-8"]),
    "Content-Length",
    String(Buffer.byteLength(body)),
    "Connection",
    "close",
  ]);
  socket.write(head, "latin1");
  socket.end(body);
  // What the client still sends is read and dropped: closing on unread bytes would reset the connection under the answer.
  socket.resume();
}

/** The head of an HTTP/1.1 answer. Header values come from a parser or from us, and hold no line breaks. */
export function formatHead(status: number, reason: string, rawHeaders: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`;
  for (let index = 0; index < rawHeaders.length; index += 2)
    head += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return `${head}\r\n`;
}
