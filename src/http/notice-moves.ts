import type { LookupFunction } from "node:net";

/** A name leads to none of the addresses that it led to before. */
export interface Move {
  readonly host: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** The same lookup, which tells when a name has moved. Names with many addresses may give them in any order and part. */
export function noticeMoves(lookup: LookupFunction, onMove: (move: Move) => void): LookupFunction {
  const known = new Map<string, readonly string[]>();

  function notice(host: string, to: readonly string[]): void {
    const from = known.get(host);
    known.set(host, to);
    if (from !== undefined && !to.some((address) => from.includes(address))) onMove({ host, from, to });
  }

  return (host, options, callback) =>
    lookup(host, options, (error, address, family) => {
      if (error === null) notice(host, typeof address === "string" ? [address] : address.map((one) => one.address));
      callback(error, address, family);
    });
}
