import { loadSchemaKit } from "../config/schema.ts";
import type { Schema, SchemaKit } from "../config/schema.ts";
import type { RouteHeader } from "./auth-header.ts";
import type { AuthHeader } from "./request-fields.ts";

/** Who calls, and who may: of a service, or of all that do not say otherwise. */
export interface ProxyIdentity {
  /** Service account to act as: an e-mail, the part before the @, or a chain `A,B,TARGET`. */
  readonly as?: string;
  /** Whether the account's e-mail is in the token. */
  readonly includeEmail?: boolean;
  /** Where the identity comes from: `login`, `gcloud`, `adc`, `metadata` or a credentials file. */
  readonly credentials?: string;
  /** gcloud account to act as. */
  readonly account?: string;
  /** gcloud configuration to read. */
  readonly configuration?: string;
  /** Project in which services and accounts are looked for. */
  readonly project?: string;
  /** Region in which services are looked for. */
  readonly region?: string;
  /** Header that carries the token. `auto`: `Authorization` unless the request brings its own. */
  readonly authHeader?: AuthHeader;
  /** Origins whose pages may call and read. */
  readonly cors?: readonly string[];
}

/** The section `proxy` of a `runpass.yaml`: what `runpass proxy` serves. A flag, or its environment variable, wins over it. */
export interface ProxySection extends ProxyIdentity {
  /** What is served. */
  readonly services: readonly ProxySectionService[];
  /** Port of all services that have none of their own: 8080. */
  readonly port?: number;
  /** Take the next free port where one is taken. */
  readonly portSearch?: boolean;
  /** Address to listen on instead of 127.0.0.1; needs `secret`. */
  readonly bind?: string;
  /** Further names under which the proxy may be addressed. */
  readonly allowHost?: readonly string[];
  /** Local secret that each request must bring: a file that holds it, or `env:NAME`. */
  readonly secret?: string;
  /** Port on 127.0.0.1 for metrics and health. */
  readonly adminPort?: number;
  /** Seconds that open requests may go on at the end: 10. */
  readonly drainTimeout?: number;
  /** Certificate (PEM) to serve TLS with, beside plain HTTP. */
  readonly tlsCert?: string;
  /** Its key (PEM). */
  readonly tlsKey?: string;
}

/** A service of the section; what it leaves out is the section's. */
export interface ProxySectionService extends ProxyIdentity {
  /** The service: `SERVICE`, `SERVICE@REGION`, its whole name, or a URL. */
  readonly target: string;
  /** With `.localhost` behind it the host under which it is found on a shared port: the service's name. */
  readonly name?: string;
  /** A port of its own; 0 takes a free one. */
  readonly port?: number;
  /** A Unix socket (0600) of its own. */
  readonly socket?: string;
  /** Audience of its tokens, instead of its own URL. */
  readonly audience?: string;
  /** Further hosts under which it is found. */
  readonly hosts?: readonly string[];
  /** Paths for which the header differs; the longest that fits counts. */
  readonly routes?: readonly RouteHeader[];
}

/** A whole file, as whoever reads this section sees it. */
export interface ProxyDocument {
  /** What `runpass proxy` serves. */
  readonly proxy?: ProxySection;
  /** The emulator's world. */
  readonly emulator?: unknown;
  readonly state?: unknown;
  readonly secrets?: unknown;
}

/** The schema of a whole file, with this section described; the others are for others to look at. */
export async function loadProxySchema(): Promise<{
  readonly document: Schema<ProxyDocument>;
  readonly findMismatches: SchemaKit["findMismatches"];
}> {
  const kit = await loadSchemaKit();
  const { objectOf, listOf, optional, oneOf, textLike, wholeNumber, flag, anything } = kit;
  const text = textLike(/\S/, "a text");
  const port = optional(wholeNumber(0, 65_535));
  const origins = listOf(textLike(/^https?:\/\/[^/?#]+$/, "an origin such as http://localhost:3000"));
  const authHeader = oneOf("auto", "authorization", "x-serverless-authorization");
  const identity = {
    as: optional(text),
    includeEmail: optional(flag),
    credentials: optional(text),
    account: optional(text),
    configuration: optional(text),
    project: optional(text),
    region: optional(text),
    authHeader: optional(authHeader),
    cors: optional(origins),
  };
  const route = objectOf<RouteHeader>("RouteHeader", {
    path: textLike(/^\/[^?#]*$/, "a path that begins with a slash"),
    authHeader,
  });
  const service = objectOf<ProxySectionService>("ProxySectionService", {
    target: text,
    name: optional(textLike(/^[a-z][a-z0-9-]*$/, "a name of small letters, digits and hyphens")),
    port,
    socket: optional(text),
    audience: optional(text),
    hosts: optional(listOf(text)),
    routes: optional(listOf(route)),
    ...identity,
  });
  const section = objectOf<ProxySection>("ProxySection", {
    services: listOf(service),
    port,
    portSearch: optional(flag),
    bind: optional(text),
    allowHost: optional(listOf(text)),
    secret: optional(text),
    adminPort: port,
    drainTimeout: optional(wholeNumber(0, 86_400)),
    tlsCert: optional(text),
    tlsKey: optional(text),
    ...identity,
  });
  const document = objectOf<ProxyDocument>("ProxyDocument", {
    proxy: optional(section),
    emulator: optional(anything),
    state: optional(anything),
    secrets: optional(anything),
  });
  return { document, findMismatches: kit.findMismatches };
}
