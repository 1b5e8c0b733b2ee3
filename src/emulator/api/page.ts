import { ApiFailure } from "./route.ts";

/**
 * Cuts a page out of a list as `pageSize` and `pageToken` ask. Source: AIP-158.
 *
 * @returns `{ [member]: items, nextPageToken }`, each absent where it is empty.
 * @throws {ApiFailure} `INVALID_ARGUMENT` for a page token that was never given out.
 */
export function paginate(member: string, items: readonly object[], query: URLSearchParams): object {
  const start = readNumber(query, "pageToken");
  const size = readNumber(query, "pageSize");
  const end = size === 0 ? items.length : start + size;
  return {
    ...(start < items.length ? { [member]: items.slice(start, end) } : {}),
    ...(end < items.length ? { nextPageToken: String(end) } : {}),
  };
}

function readNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name) || "0";
  if (!/^\d{1,9}$/.test(text)) throw new ApiFailure("INVALID_ARGUMENT", `Invalid ${name}: ${text}`);
  return Number(text);
}
