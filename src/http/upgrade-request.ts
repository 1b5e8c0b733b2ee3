import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/**
 * Whether a request asks for WebSocket, as RFC 6455 section 4.1 has it. A body rules it out: Node.js gives it unparsed, and
 * whatever follows it would reach the backend unseen.
 */
export function isWebSocketHandshake(request: IncomingMessage): boolean {
  return (
    request.method === "GET" &&
    request.headers.upgrade?.toLowerCase() === "websocket" &&
    request.headers["content-length"] === undefined &&
    request.headers["transfer-encoding"] === undefined
  );
}

/**
 * Puts a request back on its socket without its `Upgrade`, to be parsed once more. A server may ignore the header (RFC 9110
 * section 7.8), and must not drop the body of `curl --http2 -d …`, but Node.js stops parsing there.
 */
export function replayWithoutUpgrade(request: IncomingMessage, socket: Socket, rest: Buffer): void {
  let head = `${request.method} ${request.url} HTTP/${request.httpVersion}\r\n`;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] as string;
    const lower = name.toLowerCase();
    if (lower === "upgrade" || lower === "http2-settings") continue;
    head += `${name}: ${request.rawHeaders[index + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), rest]));
}
