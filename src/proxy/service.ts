import type { Clock } from "../core/clock.ts";
import type { Connector } from "../http/connect.ts";
import { createUpstream } from "../http/upstream.ts";
import type { Upstream } from "../http/upstream.ts";
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
}

/** The same, at work. */
export interface Service {
  readonly name: string;
  readonly target: URL;
  readonly authHeader: AuthHeader;
  readonly tokens: TokenSource;
  readonly upstream: Upstream;
}

export function createService(
  { name, origin, fetchToken, authHeader = "auto" }: ServiceOptions,
  wiring: { readonly connector: Connector; readonly clock: Clock; readonly onEvent: (event: ProxyEvent) => void },
): Service {
  const { connector, clock, onEvent } = wiring;
  const target = new URL(origin);
  return {
    name,
    target,
    authHeader,
    tokens: createTokenSource({ service: name, clock, fetchToken, onEvent }),
    upstream: createUpstream({ target, connector }),
  };
}
