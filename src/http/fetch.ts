import type { Fetch } from "../core/context.ts";
import type { Network } from "./network.ts";
import { retrying } from "./retry.ts";
import type { RetryTiming } from "./retry.ts";

/**
 * A `fetch` for Google's APIs: by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, with further CAs, with time limits and retries.
 * It never follows a redirect, which would carry secrets to another place: Google's APIs have none. What sends is loaded
 * with the first request.
 */
export function createFetch(network: Network, timing?: Partial<RetryTiming>): Fetch {
  let loading: Promise<Fetch> | undefined;
  return retrying(async (url, init) => {
    loading ??= load(network);
    const fetch = await loading;
    return fetch(url, init);
  }, timing);
}

async function load(network: Network): Promise<Fetch> {
  const { createSender } = await import("./send.ts");
  return createSender(network);
}
