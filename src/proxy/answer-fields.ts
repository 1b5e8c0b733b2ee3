/** What {@link answerFields} needs. */
export interface AnswerFieldsOptions {
  /** The service's origin. */
  readonly target: URL;
  /** The origin under which the client addresses us. */
  readonly localOrigin: string;
  /** The origin, other than ours, that may read the answer. */
  readonly corsOrigin?: string | undefined;
}

/**
 * The fields of a service's answer as a client of ours shall get them: addresses of the service become ours, cookies are for our
 * host, and what would lead past us (`Alt-Svc`) or binds browsers to TLS (`Strict-Transport-Security`) is left out.
 */
export function answerFields(fields: readonly string[], options: AnswerFieldsOptions): string[] {
  const { target, localOrigin, corsOrigin } = options;
  const isLocalSecure = localOrigin.startsWith("https:");
  const result: string[] = [];
  let hasExposed = false;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] as string;
    switch (name.toLowerCase()) {
      case "location":
      case "content-location":
        result.push(name, localAddress(value, target, localOrigin));
        break;
      case "set-cookie":
        result.push(name, localCookie(value, target.hostname, isLocalSecure));
        break;
      case "alt-svc":
        break;
      case "strict-transport-security":
        if (isLocalSecure) result.push(name, value);
        break;
      case "access-control-allow-origin":
      case "access-control-allow-credentials":
        if (corsOrigin === undefined) result.push(name, value);
        break;
      case "access-control-expose-headers":
        hasExposed = true;
        result.push(name, value);
        break;
      default:
        result.push(name, value);
    }
  }
  if (corsOrigin !== undefined) {
    result.push(
      "Access-Control-Allow-Origin",
      corsOrigin,
      "Access-Control-Allow-Credentials",
      "true",
      "Vary",
      "Origin",
    );
    if (!hasExposed) result.push("Access-Control-Expose-Headers", "Location, ETag, X-Request-Id");
  }
  return result;
}

/** An address of the service as ours; any other as it is. */
function localAddress(value: string, target: URL, localOrigin: string): string {
  const match = /^(?:https?:)?\/\/([^/?#]*)(.*)$/is.exec(value.trim());
  if (match === null) return value; // a path, or another scheme
  const [, authority = "", rest = ""] = match;
  const isTargets = authority.toLowerCase() === target.host || authority.toLowerCase() === `${target.hostname}:443`;
  return isTargets ? localOrigin + rest : value;
}

/**
 * A cookie for our host: without a `Domain` of the service's, which browsers refuse from us; where we are addressed in the
 * clear also without `Secure`, and then without `SameSite=None`, which needs it (RFC 6265bis section 5.7). Names that begin
 * with `__Secure-` or `__Host-` keep it: without, no browser takes them.
 */
function localCookie(value: string, host: string, isLocalSecure: boolean): string {
  const [pair = "", ...attributes] = value.split(";");
  const isPrefixed = /^\s*__(?:Secure|Host)-/i.test(pair);
  const kept = attributes.filter((attribute) => {
    const [name = "", content = ""] = attribute.split("=", 2).map((part) => part.trim().toLowerCase());
    if (name === "domain") return !isDomainOf(content.replace(/^\./, ""), host);
    if (isLocalSecure || isPrefixed) return true;
    return name !== "secure" && name !== "partitioned" && !(name === "samesite" && content === "none");
  });
  return [pair, ...kept].join(";");
}

function isDomainOf(domain: string, host: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
