import { shownPath } from "./events.ts";
import type { AuthHeader } from "./request-fields.ts";

/** Another header for the paths below one. */
export interface RouteHeader {
  /** Begins with a slash: `/hooks` fits `/hooks` and `/hooks/github`, and not `/hooks2`. */
  readonly path: string;
  /** Header that carries the token there. */
  readonly authHeader: AuthHeader;
}

/** Which header carries the token of a request for `url`: that of the longest route that fits, else the service's. */
export function createHeaderChoice(
  authHeader: AuthHeader,
  routes: readonly RouteHeader[] = [],
): (url: string | undefined) => AuthHeader {
  if (routes.length === 0) return () => authHeader;
  const sorted = routes
    .map((route) => ({ ...route, path: route.path.replace(/\/+$/, "") }))
    .toSorted((left, right) => right.path.length - left.path.length);
  return (url) => {
    const path = shownPath(url);
    const fits = sorted.find((route) => path === route.path || path.startsWith(`${route.path}/`));
    return fits?.authHeader ?? authHeader;
  };
}
