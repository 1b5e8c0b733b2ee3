import { once } from "node:events";
import type { Socket } from "node:net";

export const defaultSocksPort = 1080;

const version = 5;
const withoutSecret = 0;
const byPassword = 2;
const connectCommand = 1;
const ipv4 = 1;
const name = 3;
const ipv6 = 4;

/** What a SOCKS proxy may answer. Source: RFC 1928 section 6. */
const refusals: readonly string[] = [
  "",
  "it fails",
  "its rules do not allow it",
  "the network cannot be reached",
  "the host cannot be reached",
  "the connection is refused",
  "the host is too far away",
  "it does not connect",
  "it does not take names",
];

/** Where to, and until when. */
export interface SocksTarget {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/**
 * Has a SOCKS 5 proxy lead a connection on to a host, whose name the proxy looks up. Sources: RFC 1928; RFC 1929 for user and
 * password. Where it fails the connection is closed.
 *
 * @throws {Error} why the proxy does not.
 */
export async function askSocks(socket: Socket, proxy: URL, { host, port, signal }: SocksTarget): Promise<void> {
  const refused = (why: string): Error => new Error(`the proxy ${proxy.host} does not lead to ${host}:${port}: ${why}`);
  const sized = (text: string): Buffer => {
    const bytes = Buffer.from(text);
    if (bytes.length > 255) throw refused("a name, user or password is too long");
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  const read = async (length: number): Promise<Buffer> => {
    for (;;) {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes?.length === length) return bytes;
      if (bytes !== null || socket.readableEnded) throw refused("it closed the connection");
      await once(socket, "readable", { signal });
    }
  };
  const hasUser = proxy.username !== "";
  try {
    const methods = hasUser ? [withoutSecret, byPassword] : [withoutSecret];
    socket.write(Buffer.from([version, methods.length, ...methods]));
    const [itsVersion, method] = await read(2);
    if (itsVersion !== version) throw refused("it does not speak SOCKS 5");
    if (method === byPassword && hasUser) {
      const [user, password] = [proxy.username, proxy.password].map((text) => sized(decodeURIComponent(text)));
      socket.write(Buffer.concat([Buffer.from([1]), user!, password!]));
      if ((await read(2))[1] !== 0) throw refused("it does not take this user and password");
    } else if (method !== withoutSecret) throw refused("it asks for a user and password");
    const command = [version, connectCommand, 0, name];
    socket.write(Buffer.concat([Buffer.from(command), sized(host), Buffer.from([port >> 8, port & 0xff])]));
    const [, reply = 1, , kind] = await read(4);
    if (reply !== 0) throw refused(refusals[reply] ?? `reason ${reply}`);
    // From where it connects: of no use, but it stands before what the host sends.
    const length = kind === ipv4 ? 4 : kind === ipv6 ? 16 : ((await read(1))[0] ?? 0);
    await read(length + 2);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
