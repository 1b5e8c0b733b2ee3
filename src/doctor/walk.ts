import type { Resource } from "../access/resource.ts";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import { ApiError } from "../google/call.ts";
import { errorReason } from "../google/status.ts";
import type { NetworkOptions } from "../http/network.ts";
import type { ServiceTarget, UrlTarget } from "../run/target.ts";
import { describeError, failed, unknown } from "./finding.ts";
import type { Finding, Link } from "./finding.ts";
import { watchClock } from "./clock-link.ts";
import type { ClockSample } from "./clock-link.ts";

/** The call that is looked into. */
export interface DiagnoseOptions {
  readonly target: ServiceTarget | UrlTarget;
  /** Path and query of the live request. Default: the target's own. */
  readonly path?: string | undefined;
  readonly project: string | undefined;
  readonly region: string | undefined;
  /** Delegates first, the account to be last. */
  readonly impersonate?: readonly string[] | undefined;
  /** An audience that was asked for, instead of the service's own. */
  readonly audience?: string | undefined;
  readonly credential: () => Promise<Credential>;
  readonly accessToken: () => Promise<string>;
  /** The caller in IAM's form. */
  readonly self: () => Promise<string | undefined>;
  readonly network?: NetworkOptions | undefined;
  /** When somebody was given a role on a resource, in milliseconds since the Unix epoch, where that is remembered. */
  readonly grantedAt?: ((resource: Resource, member: string) => number | undefined) | undefined;
}

/** What every link is looked at with, and the errors that were met on the way. */
export interface Walk {
  /** Notes what time Google says that it is. */
  readonly context: Context;
  readonly options: DiagnoseOptions;
  readonly errors: ReadonlyMap<Link, RunpassError>;
  readonly clock: () => ClockSample | undefined;
  /** Does something for a link. An error stops nothing: it is kept, and {@link Walk.failure} tells of it. */
  attempt<T>(link: Link, act: () => Promise<T>): Promise<T | undefined>;
  /** What the error of a link amounts to; `undefined` where there was none. */
  failure(link: Link): Finding | undefined;
}

export function startWalk(context: Context, options: DiagnoseOptions): Walk {
  const errors = new Map<Link, RunpassError>();
  const cutOff = new Set<Link>();
  const { watched, sample } = watchClock(context);
  return {
    context: watched,
    options,
    errors,
    clock: sample,
    attempt: async (link, act) => {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof RunpassError)) throw error;
        if (isCutOff(error)) {
          errors.set("network", error);
          cutOff.add(link);
        } else errors.set(link, error);
        return undefined;
      }
    },
    failure: (link) => {
      if (cutOff.has(link)) return unknown(link, "not looked at, since Google cannot be reached");
      const error = errors.get(link);
      if (!error) return undefined;
      // Who may not look up a service may be able to call it.
      const isRefused = error.code === "permission_denied" || error.code === "perimeter_refused";
      const isHidden = link === "service" && isRefused && !isApiDisabled(error);
      const detail = describeError(error);
      return isHidden ? unknown(link, detail, /run\.services\.\w+/.exec(detail)?.[0]) : failed(link, detail);
    },
  };
}

/** No answer came at all; an API that answers 500 is another matter. */
function isCutOff(error: RunpassError): boolean {
  return error.code === "google_unreachable" && !(error instanceof ApiError) && !(error.cause instanceof ApiError);
}

/** The API itself is switched off in the project. */
export function isApiDisabled(error: RunpassError): boolean {
  const told = error instanceof ApiError ? error : error.cause;
  return told instanceof ApiError && errorReason(told.details) === "SERVICE_DISABLED";
}
