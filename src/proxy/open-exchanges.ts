import type { HttpRequest } from "../http/message.ts";
import { shownPath } from "./events.ts";
import type { OpenExchange } from "./events.ts";

/** The requests that are not over yet. */
export interface OpenExchanges {
  /** @returns what is to be called at its end. */
  begin(service: string, request: HttpRequest): () => void;
  count(): number;
  /** The oldest first. */
  list(): readonly OpenExchange[];
}

/** @param all Counts them too: these are some of all. */
export function createOpenExchanges(all?: OpenExchanges): OpenExchanges {
  const open = new Set<{ readonly service: string; readonly request: HttpRequest; readonly sinceMs: number }>();
  return {
    begin: (service, request) => {
      const entry = { service, request, sinceMs: performance.now() };
      const endInAll = all?.begin(service, request);
      open.add(entry);
      return () => {
        open.delete(entry);
        endInAll?.();
      };
    },
    count: () => open.size,
    list: () =>
      [...open].map(({ service, request, sinceMs }) => ({
        service,
        method: request.method ?? "GET",
        path: shownPath(request.url),
        ageMs: Math.round(performance.now() - sinceMs),
      })),
  };
}
