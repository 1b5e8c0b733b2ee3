/** An `http` or `https` URL taken apart without any rewriting, so that whoever gets it next reads the same host in it. */
export interface ServiceUrl {
  readonly scheme: "http" | "https";
  /** Lower case, without port. */
  readonly host: string;
  /** `scheme://host[:port]`, lower case; the scheme's own port left out. */
  readonly origin: string;
  /** Path and query as written: empty, or starts with `/` or `?`. */
  readonly path: string;
}

/**
 * Takes a URL apart. Stricter than the URL Standard, which repairs what programs read in different ways: no user name, no
 * backslash, no escapes or patterns in the host.
 *
 * @returns the parts, or the reason why it is none: a clause without a full stop.
 */
export function parseServiceUrl(text: string): ServiceUrl | string {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== "http" && scheme !== "https") return "it begins with neither https:// nor http://";
  const match = /^https?:\/\/([^/?#]*)(.*)$/is.exec(text);
  if (!match) return "two slashes must follow the scheme";
  const [, authority = "", rest = ""] = match;
  if (authority.includes("@")) return "a user name in a URL is not allowed";
  const parts = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.?)(?::(\d{1,5}))?$/i.exec(authority);
  if (!parts?.[1] || parts[1].includes("..")) return `${JSON.stringify(authority)} is no host`;
  const port = parts[2] === undefined ? undefined : Number(parts[2]);
  if (port !== undefined && (port < 1 || port > 65535)) return `${port} is no port`;
  // eslint-disable-next-line no-control-regex -- they are what must not be there
  if (/[\s\x00-\x1f\x7f]/.test(rest)) return "it holds a space or a control character: write %20";
  const host = parts[1].toLowerCase();
  const ownPort = port === undefined || port === (scheme === "https" ? 443 : 80);
  return { scheme, host, origin: `${scheme}://${host}${ownPort ? "" : `:${port}`}`, path: rest };
}

/** Whether a host is this machine whatever a name server says: `localhost`, anything under it, 127.0.0.0/8, `[::1]`. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === "localhost" ||
    host.endsWith(".localhost") ||
    /^127(?:\.(?:0|[1-9]\d{0,2})){3}$/.test(host) ||
    host === "[::1]"
  );
}
