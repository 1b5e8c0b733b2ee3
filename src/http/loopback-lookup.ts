import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";

/**
 * Finds addresses as the system does, but for names under `localhost`: they are this machine's, as browsers have it, and no name
 * server is asked, who may know nothing of them or send them elsewhere. Source: RFC 6761, section 6.3.
 */
export const lookupWithLoopback: LookupFunction = (hostname, options, callback) => {
  if (!/(?:^|\.)localhost\.?$/i.test(hostname)) return lookup(hostname, options, callback);
  const loopback = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ].filter(({ family }) => !options.family || [family, `IPv${family}`].includes(options.family));
  const [first] = loopback;
  // Never before the caller has gone on, as with every other name.
  process.nextTick(() => {
    if (options.all) callback(null, loopback);
    else callback(null, first?.address ?? "", first?.family);
  });
};
