import type { Clock } from "../core/clock.ts";
import type { Upstream } from "../http/upstream.ts";
import type { DoorRules } from "./admit.ts";
import { createHeaderChoice } from "./auth-header.ts";
import type { RouteHeader } from "./auth-header.ts";
import type { ProxyEvent } from "./events.ts";
import type { AuthHeader } from "./request-fields.ts";
import { createTokenSource } from "./token-source.ts";
import type { FetchToken, TokenSource } from "./token-source.ts";

/** A service that a proxy leads to. */
export interface ServiceOptions {
  /** Small letters, digits and hyphens: with `.localhost` behind it the host under which it is found. */
  readonly name: string;
  /** `https://HOST`. */
  readonly origin: string;
  readonly fetchToken: FetchToken;
  /** Default `auto`. */
  readonly authHeader?: AuthHeader | undefined;
  readonly routes?: readonly RouteHeader[] | undefined;
  /** Further hosts under which it is found. */
  readonly hosts?: readonly string[] | undefined;
  /** Origins whose pages may call and read. Default: the proxy's. */
  readonly corsOrigins?: readonly string[] | undefined;
}

/** The same, at work. */
export interface Service {
  readonly name: string;
  readonly target: URL;
  /** The header that carries the token of a request for this path. */
  readonly authHeaderFor: (url: string | undefined) => AuthHeader;
  /** In lower case, besides `NAME.localhost`. */
  readonly hosts: ReadonlySet<string>;
  /** Who may use it. */
  readonly rules: DoorRules;
  readonly tokens: TokenSource;
  readonly upstream: Upstream;
}

export function createService(
  { name, origin, fetchToken, authHeader = "auto", routes, hosts = [] }: ServiceOptions,
  wiring: {
    readonly clock: Clock;
    readonly onEvent: (event: ProxyEvent) => void;
    readonly rules: DoorRules;
    readonly upstream: Upstream;
  },
): Service {
  const { clock, onEvent, rules, upstream } = wiring;
  return {
    name,
    target: new URL(origin),
    authHeaderFor: createHeaderChoice(authHeader, routes),
    hosts: new Set(hosts.map((host) => host.toLowerCase())),
    rules,
    tokens: createTokenSource({ service: name, clock, fetchToken, onEvent }),
    upstream,
  };
}
