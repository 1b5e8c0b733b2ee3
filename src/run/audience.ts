import { isRunAppHost, splitTag } from "../google/run-name.ts";

/**
 * The audience of a run.app URL: its origin, the tag left out. A tagged address is another way to the same service, whose
 * audience stays. Source: Cloud Run documentation, "Service-to-service authentication".
 *
 * @returns `undefined` for another host: what such a service accepts cannot be told from its address.
 */
export function audienceOfUrl(url: { readonly scheme: string; readonly host: string }): string | undefined {
  if (url.scheme !== "https" || !isRunAppHost(url.host)) return undefined;
  return `https://${splitTag(url.host).host}`;
}
