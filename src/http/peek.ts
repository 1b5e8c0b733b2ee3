import type { Socket } from "node:net";

/** What a client speaks, told by its first bytes. */
export type Protocol = "http1" | "http2" | "tls";

/** RFC 9113 section 3.4: how a client begins that knows beforehand that the server speaks HTTP/2. */
const http2Preface = Buffer.from("PRI * HTTP/2.0\r\n", "latin1");

/** First byte of a TLS handshake record: RFC 8446 section 5.1. */
const tlsHandshake = 0x16;

/** What the bytes begin, or `undefined` while they could still begin HTTP/1 or HTTP/2. Whatever is neither TLS nor HTTP/2 is left to the HTTP/1 parser to refuse. */
export function recogniseProtocol(bytes: Buffer): Protocol | undefined {
  if (bytes[0] === tlsHandshake) return "tls";
  const length = Math.min(bytes.length, http2Preface.length);
  if (bytes.compare(http2Preface, 0, length, 0, length) !== 0) return "http1";
  return length === http2Preface.length ? "http2" : undefined;
}

/**
 * Waits for a connection's first bytes, puts them back and tells what they begin. The socket is destroyed when they do not
 * come within `timeoutMs`; then, and when the client goes away first, `onProtocol` is not called.
 */
export function peekProtocol(socket: Socket, timeoutMs: number, onProtocol: (protocol: Protocol) => void): void {
  let seen: Buffer | undefined;
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.on("readable", onReadable);
  socket.once("end", onGone);
  socket.once("close", onGone);
  onReadable(); // bytes that came together with a CONNECT are there already

  function onReadable(): void {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen === undefined ? chunk : Buffer.concat([seen, chunk]);
    const protocol = recogniseProtocol(seen);
    if (protocol === undefined) return;
    stop();
    socket.unshift(seen);
    onProtocol(protocol);
  }

  function onGone(): void {
    stop();
    socket.destroy();
  }

  function stop(): void {
    clearTimeout(timer);
    socket.off("readable", onReadable);
    socket.off("end", onGone);
    socket.off("close", onGone);
  }
}
