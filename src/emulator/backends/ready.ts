import { once } from "node:events";
import { Agent, get } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** How often a starting server is asked. */
const intervalMs = 25;

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Waits until a server of this machine is ready: until it takes connections, or answers at `path` with a status below 400.
 *
 * @returns its address.
 * @throws {Error} when it is not within `timeoutMs`.
 */
export async function untilReady(
  port: number,
  path: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<URL> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  for (;;) {
    for (const host of ["127.0.0.1", "::1"]) {
      if (await (path === undefined ? takesConnections(host, port) : answers(host, port, path))) {
        return new URL(`http://${host === "::1" ? "[::1]" : host}:${port}`);
      }
    }
    if (deadline.aborted) throw new Error(`it did not listen on port ${port} within ${timeoutMs / 1000} s`);
    await wait(intervalMs);
  }
}

async function takesConnections(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
}

async function answers(host: string, port: number, path: string): Promise<boolean> {
  const agent = new Agent();
  try {
    const [answer] = (await once(get({ host, port, path, agent }), "response")) as [IncomingMessage];
    answer.resume();
    return (answer.statusCode ?? 500) < 400;
  } catch {
    return false; // not yet
  } finally {
    agent.destroy();
  }
}
