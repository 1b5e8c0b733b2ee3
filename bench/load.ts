import { connect } from "node:net";

/** What one burst of load measured. */
export interface Load {
  readonly requestsPerSecond: number;
  /** Median time from the request's last byte sent to the answer's last byte read. */
  readonly medianMs: number;
  /** 99 of 100 took less. */
  readonly p99Ms: number;
}

/**
 * Sends the same GET again and again over keep-alive connections, each with one request under way. Written on bare sockets, so
 * that the generator costs little beside the server that it shares a machine with. Every answer must be a 200 with a
 * `content-length`.
 */
export async function putLoad(
  url: string,
  headers: Readonly<Record<string, string>>,
  { connections, durationMs }: { readonly connections: number; readonly durationMs: number },
): Promise<Load> {
  const { hostname, port, host, pathname } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const request = `GET ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
  const address = hostname.endsWith(".localhost") ? "127.0.0.1" : hostname;
  const timesMs: number[] = [];
  const endMs = performance.now() + durationMs;
  await Promise.all(Array.from({ length: connections }, () => drive(address, Number(port), request, endMs, timesMs)));
  return summarize(timesMs, durationMs);
}

/** @param timesMs Of every request. */
export function summarize(timesMs: readonly number[], durationMs: number): Load {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return {
    requestsPerSecond: sorted.length / (durationMs / 1000),
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  };
}

async function drive(address: string, port: number, request: string, endMs: number, timesMs: number[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: address, port, noDelay: true });
  let pending = "";
  let sentMs = 0;
  const send = (): void => {
    sentMs = performance.now();
    if (sentMs < endMs) socket.write(request);
    else socket.end(resolve);
  };
  socket.setEncoding("latin1").on("connect", send).on("error", reject);
  socket.on("data", (chunk: string) => {
    pending += chunk;
    const headEnd = pending.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = pending.slice(0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (!head.startsWith("HTTP/1.1 200") || length === undefined) {
      socket.destroy(new Error(`unexpected answer: ${head.slice(0, head.indexOf("\r\n"))}`));
      return;
    }
    if (pending.length < headEnd + 4 + Number(length)) return;
    pending = "";
    timesMs.push(performance.now() - sentMs);
    send();
  });
  await promise;
}
