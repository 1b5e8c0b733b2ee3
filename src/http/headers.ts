/** Fields that concern one connection only: RFC 9110 section 7.6.1, proxy credentials (section 11.7), and the offer of h2c. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** Fields that `Connection` cannot take away: without them the message would mean something else. */
const essential: ReadonlySet<string> = new Set(["content-length", "host"]);

/**
 * The fields of a message that are meant for its last recipient, as a flat list of names and values in their order and spelling.
 * Hop-by-hop fields, those that `Connection` names, and HTTP/2 pseudo-headers are left out. Whoever adds fields of its own
 * on the way (`X-Forwarded-For`) adds them to this list, else a client could have them removed through `Connection`.
 *
 * @param rawHeaders names and values in turn, as in `request.rawHeaders`
 */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  let named: Set<string> | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length !== 10 || name.toLowerCase() !== "connection") continue;
    named ??= new Set();
    for (const option of (rawHeaders[index + 1] as string).split(",")) named.add(option.trim().toLowerCase());
  }
  const kept: string[] = [];
  let cookieAt = -1;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    const lower = name.toLowerCase();
    if (lower.startsWith(":") || hopByHop.has(lower)) continue;
    if (named?.has(lower) === true && !essential.has(lower)) continue;
    if (lower === "cookie") {
      // HTTP/2 may split the field; HTTP/1 wants it whole (RFC 9113 section 8.2.3).
      if (cookieAt >= 0) {
        kept[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = kept.length + 1;
    }
    kept.push(name, value);
  }
  return kept;
}

/** `rawHeaders` without the fields of these names (in lower case). */
export function withoutHeaders(rawHeaders: readonly string[], ...names: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (!names.includes(name.toLowerCase())) kept.push(name, rawHeaders[index + 1] as string);
  }
  return kept;
}

/**
 * A flat list as an object, the way HTTP/2 wants it: names in lower case, repeated fields as arrays.
 *
 * @param first What the object begins with: HTTP/2's pseudo-headers.
 */
export function headersToObject(
  rawHeaders: readonly string[],
  first: Readonly<Record<`:${string}`, string>> = {},
): Record<string, string | string[]> {
  const result = Object.assign(Object.create(null), first) as Record<string, string | string[]>;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    const before = result[name];
    if (before === undefined) result[name] = value;
    else if (typeof before === "string") result[name] = [before, value];
    else before.push(value);
  }
  return result;
}
