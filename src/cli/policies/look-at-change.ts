import type { GrantRequest } from "../../access/grant-request.ts";
import { isSameMember } from "../../access/policy-edit.ts";
import type { Resource } from "../../access/resource.ts";
import type { Sighting, Wanted } from "../../access/wait.ts";
import { RunpassError } from "../../core/errors.ts";
import { generateIdToken } from "../../credentials/impersonate.ts";
import { callService } from "../../doctor/call-link.ts";
import type { LiveCall } from "../../doctor/call-link.ts";
import { ApiError } from "../../google/call.ts";
import { errorReason } from "../../google/status.ts";
import { findService } from "../../run/find-service.ts";
import { getIdToken } from "../../tokens/id-tokens.ts";
import type { Session } from "../session.ts";

/** A way to look at whether a change has reached those who decide by it. */
export type Look = () => Promise<Sighting>;

/** One member of a grant or a revoke. */
export interface AwaitedChange {
  readonly resource: GrantRequest["resource"];
  readonly member: string;
  readonly wanted: Wanted;
  /** The account of `--as`, where it was given. */
  readonly as: string | undefined;
}

/**
 * How reality can be seen from here: a service by a request with the member's own token, an account by asking for an ID token.
 *
 * @returns `undefined` where nobody but the member could tell.
 */
export async function lookFor(awaited: AwaitedChange, session: Session): Promise<Look | undefined> {
  const { resource, member, as } = awaited;
  const self = await session.self();
  const isSelf = self !== undefined && isSameMember(self, member);
  if (resource.kind === "account") return isSelf ? lookAtAccount(resource.email, awaited.wanted, session) : undefined;
  const isAccount = as !== undefined && isSameMember(`serviceAccount:${as}`, member);
  if (resource.kind !== "service" || (!isSelf && !isAccount)) return undefined;
  return lookAtService(resource, isSelf ? undefined : as, awaited.wanted, session);
}

/** Whoever may mint ID tokens of the account asks for one, which is thrown away: for nobody, and past every cache. */
async function lookAtAccount(email: string, wanted: Wanted, { context, credential }: Session): Promise<Look> {
  const caller = await credential();
  const audience = "https://runpass.invalid";
  return async () => {
    try {
      await (caller.idTokenAs?.([email], audience) ?? generateIdToken(context, { caller, chain: [email] }, audience));
      return { seen: wanted === "held" ? "arrived" : "not yet" };
    } catch (error) {
      if (!(error instanceof RunpassError)) throw error;
      if (error.retryable) return { seen: "not yet" };
      if (isRefusal(error)) return { seen: wanted === "held" ? "not yet" : "arrived" };
      return wanted === "held" ? { seen: "never", why: error.message } : { seen: "nothing" };
    }
  };
}

/** A missing permission comes in time; an API that is switched off or an account that is disabled does not. */
function isRefusal({ code, cause }: RunpassError): boolean {
  const isDisabled = cause instanceof ApiError && errorReason(cause.details) === "SERVICE_DISABLED";
  return code === "permission_denied" && !isDisabled;
}

/** A GET, as whoever it is about; what the app answers does not matter, only whose answer it is. */
async function lookAtService(
  { name }: Resource & { readonly kind: "service" },
  as: string | undefined,
  wanted: Wanted,
  session: Session,
): Promise<Look | undefined> {
  const { context, network, accessToken } = session;
  const target = { kind: "service", ...name, path: "" } as const;
  const { project, region } = name;
  try {
    const { url } = await findService(context, { target, project, region, accessToken });
    const credential = await session.credential();
    const impersonate = as === undefined ? undefined : [as];
    const audience = impersonate || credential.canChooseAudience ? url : undefined;
    const request = { credential, impersonate, audience, network };
    await getIdToken(context, request);
    return async () => {
      const { token } = await getIdToken(context, request);
      return judge(await callService(context, url, token), wanted);
    };
  } catch (error) {
    if (!(error instanceof RunpassError) || error.retryable) throw error;
    context.log.info(`${name.service} cannot be called to see whether it has come: ${error.message}`);
    return undefined;
  }
}

function judge({ by, status }: LiveCall, wanted: Wanted): Sighting {
  if (by === "nobody") return { seen: "not yet" }; // the network may be back for the next one
  if (by === "app") return { seen: wanted === "held" ? "arrived" : "not yet" };
  if (by === "google" && status === 403) return { seen: wanted === "held" ? "not yet" : "arrived" };
  if (wanted === "gone") return { seen: "nothing" };
  return { seen: "never", why: `${whyNever(by, status)} (${status})` };
}

function whyNever(by: LiveCall["by"], status: number | undefined): string {
  if (by === "IAP") return "Identity-Aware Proxy stands before the service";
  if (by === "proxy") return "a proxy on the way does not let the request through";
  return status === 401 ? "the front end does not take the token" : "the service cannot be reached from here";
}
