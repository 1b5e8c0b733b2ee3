import type { gaxios } from "google-auth-library";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";

/** What makes a client of google-auth-library do its requests through us. */
export interface ClientOptions {
  readonly transporter: gaxios.Gaxios;
  readonly useAuthRequestParameters: false;
}

/**
 * Options for a client of google-auth-library: it makes the requests, we send them. Its own HTTP client would retry on top of our
 * retries, choose a proxy by itself, and throw errors that hold the request, secrets included; its interceptors would log tokens.
 */
export function clientOptions(context: Context): ClientOptions {
  const request = async ({
    url,
    method = "GET",
    headers,
    responseType,
  }: gaxios.GaxiosOptions): Promise<{ data: unknown }> => {
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
  };
  return { transporter: { request } as unknown as gaxios.Gaxios, useAuthRequestParameters: false };
}
