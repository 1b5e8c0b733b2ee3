import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { audienceOfUrl } from "./audience.ts";
import { findService } from "./find-service.ts";
import type { FindServiceOptions } from "./find-service.ts";
import type { FoundService } from "./found-service.ts";
import { isLoopbackHost, parseServiceUrl } from "./service-url.ts";

/** Where a service is called and what a token for it is made out to. */
export interface Located {
  /** `https://HOST`: where the request goes. */
  readonly origin: string;
  /** Absent for a server on this machine, of which nothing is known. */
  readonly audience?: string;
  /** Where Cloud Run Admin was asked. */
  readonly service?: FoundService;
}

/**
 * Where to send a request and which audience its token needs. A run.app URL and a server on this machine cost no request; a
 * service name costs one; for another host the audience must be found in the project's services.
 *
 * @param options.audience as the user gave it: nothing is looked up for a URL then.
 * @throws {RunpassError} as {@link findService}; `invalid_argument` for `http` to another machine.
 */
export async function locate(
  context: Context,
  options: FindServiceOptions & { readonly audience?: string | undefined },
): Promise<Located> {
  const { target, audience: given } = options;
  if (target.kind === "url") {
    const local = isLoopbackHost(target.host);
    if (target.scheme === "http" && !local) throw inClear(target.origin);
    const audience = given ?? audienceOfUrl(target);
    if (audience !== undefined) return { origin: target.origin, audience };
    if (local) return { origin: target.origin };
  }
  const service = await findService(context, options);
  const origin = target.kind === "url" ? target.origin : service.url;
  // A custom domain is no audience by itself: the address of the service always is one.
  return { origin: checkedOrigin(origin), audience: given ?? service.url, service };
}

function checkedOrigin(url: string): string {
  const parsed = parseServiceUrl(url);
  if (typeof parsed !== "string" && (parsed.scheme === "https" || isLoopbackHost(parsed.host))) return parsed.origin;
  throw new RunpassError({
    code: "unexpected",
    message: `Cloud Run gave an address that cannot be used: ${JSON.stringify(url)}`,
    fix: "Give the service's URL.",
  });
}

function inClear(origin: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `A token is not sent to ${origin} in clear`,
    why: "anyone on the way could read and use it",
    fix: `Use ${origin.replace(/^http:/, "https:")}`,
  });
}
