import type { gaxios } from "google-auth-library";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
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
  return optionsWith(async ({ data, headers }) => {
    if (!(data instanceof URLSearchParams)) throw new TypeError("google-auth-library sent something other than a form");
    const authorization = new Headers(headers).get("authorization") ?? undefined;
    return { data: await requestToken(context, party, data, authorization) };
  });
}

/** The same for requests of another kind than grants: those by which AWS tells who one is. */
export function plainClientOptions(context: Context): ClientOptions {
  return optionsWith(async ({ url, method = "GET", headers, responseType }) => {
    const address = String(url);
    const response = await context.fetch(address, {
      method,
      headers: new Headers(headers),
      ...(context.signal ? { signal: context.signal } : {}),
    });
    if (!response.ok) {
      const message = `${new URL(address).host} answered ${response.status}`;
      throw new RunpassError({ code: "subject_token_unreadable", message });
    }
    return { data: responseType === "json" ? await response.json() : await response.text() };
  });
}

function optionsWith(request: (options: gaxios.GaxiosOptions) => Promise<{ data: unknown }>): ClientOptions {
  return { transporter: { request } as unknown as gaxios.Gaxios, useAuthRequestParameters: false };
}
