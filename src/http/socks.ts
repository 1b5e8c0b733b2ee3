import type { Socket } from "node:net";
import { connectTimeoutMs } from "./network.ts";

export const defaultSocksPort = 1080;

/** Where to, as the proxy is told: it looks names up itself. */
export interface SocksTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * Has a SOCKS 5 proxy lead a connection on to a host. Sources: RFC 1928; RFC 1929 for user and password. Where it fails the
 * connection is closed.
 *
 * @param socket To the proxy.
 * @throws {Error} why the proxy does not.
 */
export async function askSocks(socket: Socket, proxy: URL, { host, port }: SocksTarget): Promise<void> {
  const { SocksClient } = await import("socks");
  const user = { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) };
  await SocksClient.createConnection({
    proxy: { host: proxy.hostname, port: Number(proxy.port || defaultSocksPort), type: 5, ...user },
    command: "connect",
    destination: { host, port },
    existing_socket: socket,
    timeout: connectTimeoutMs,
  }).catch((error: unknown) => {
    socket.destroy();
    // Without the library's error as its cause: that holds the password.
    throw new Error(`the proxy ${proxy.host} does not lead to ${host}:${port}: ${(error as Error).message}`);
  });
}
