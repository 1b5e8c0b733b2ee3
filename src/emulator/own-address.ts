import { parseAuthority } from "../http/message.ts";

/** Whether a host, in lower case, is the emulator's own address rather than one that it stands for. */
export function isOwnHost(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost" || host === "::1";
}

/** The same for `host[:port]`. */
export function isOwnAuthority(authority: string): boolean {
  const host = parseAuthority(authority)?.host;
  return host !== undefined && isOwnHost(host);
}
