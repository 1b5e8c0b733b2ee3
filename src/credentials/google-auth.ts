import type { gaxios } from "google-auth-library";
import type { Context } from "../core/context.ts";
import type { TokenParty } from "./token-endpoint.ts";
import { requestToken } from "./token-endpoint.ts";

/** What makes a client of google-auth-library do its requests through us. */
export interface ClientOptions {
  readonly transporter: gaxios.Gaxios;
  readonly useAuthRequestParameters: false;
}

/**
 * Options for a client of google-auth-library: it makes the grants, we send them. Its own HTTP client would retry on top of our
 * retries, choose a proxy by itself, and throw errors that hold the request, secrets included; its interceptors would log
 * tokens. And for service-account keys it knows one token endpoint only, whatever the key says.
 */
export function clientOptions(context: Context, party: TokenParty): ClientOptions {
  const request = async ({ data }: gaxios.GaxiosOptions): Promise<{ data: unknown }> => {
    if (!(data instanceof URLSearchParams)) throw new TypeError("google-auth-library sent something other than a form");
    return { data: await requestToken(context, party, data) };
  };
  return { transporter: { request } as unknown as gaxios.Gaxios, useAuthRequestParameters: false };
}
