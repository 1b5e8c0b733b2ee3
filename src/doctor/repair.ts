import { gcloudBindingLine, shellQuote } from "../access/gcloud-lines.ts";
import { idTokenCreatorRole, invokerRole } from "../access/grant-request.ts";
import type { GrantRequest } from "../access/grant-request.ts";
import type { DeniedBy } from "../access/effective.ts";
import { policyPermissions } from "../access/policy-error.ts";
import type { Resource } from "../access/resource.ts";
import type { RunpassError } from "../core/errors.ts";
import { ApiError } from "../google/call.ts";
import { perimeterIdentifier } from "../google/status.ts";
import type { Link, Repair } from "./finding.ts";
import { brokenHops, isBarred } from "./impersonation-link.ts";
import type { Hop } from "./impersonation-link.ts";
import { requestInsteadOf } from "./request.ts";
import type { Seen } from "./seen.ts";

/** What passing through an account on the way to another takes. */
const tokenCreatorRole = "roles/iam.serviceAccountTokenCreator";

/**
 * The smallest change that repairs a call, or advice where somebody must decide. Never a key, never `allUsers`, never a wider
 * ingress or audience than there is.
 */
export async function repairOf(cause: Link, seen: Seen): Promise<Repair | undefined> {
  const { service, walk } = seen;
  const error = walk.errors.get(cause);
  const fix = error?.fix;
  if (error?.code === "perimeter_refused") return wayThroughPerimeter(error, seen);
  switch (cause) {
    case "policy":
    case "call":
    case "impersonation": {
      // An account that is not there, or disabled, is not helped by any grant.
      if (cause === "impersonation" && !isBarred(walk, seen.hops, seen.token)) return advice(fix);
      const denial = denialIn(seen);
      if (denial) return exceptionTo(denial, seen);
      const grants = missingGrants(seen);
      if (grants.length > 0) return grantRepair(grants, seen);
      return advice(fix ?? (cause === "call" ? adviceOnCall(seen) : undefined));
    }
    case "propagation":
      return advice("Wait some minutes and look again; runpass grant --wait waits until it counts.");
    case "audience":
      return advice(`Leave out --audience: the service takes ${service?.url ?? "its own address"}.`);
    case "address":
      return service?.defaultUriDisabled
        ? update(seen, "--default-url", "Call it by the address that stands before it, or switch its own on.")
        : advice(service ? `Call ${service.url} instead.` : "Name the service, or give the --audience that it takes.");
    case "ingress":
      return advice("Call it from inside the network or through its load balancer; or let its owner open the ingress.");
    case "IAP":
      return advice("Call it with a token for Identity-Aware Proxy's own audience (--audience IAP_CLIENT_ID).");
    case "clock":
      return advice("Set this machine's clock, then call again without the cache: runpass curl --no-cache …");
    case "network":
      return advice("Check name, proxy and certificates as said above, then look again.");
    default:
      return advice(fix);
  }
}

/**
 * No grant helps: whoever manages the perimeter sees by the identifier what was refused, and why. Source: VPC Service Controls
 * documentation, "Retrieving VPC Service Controls errors from audit logs".
 */
function wayThroughPerimeter(error: RunpassError, { walk: { options }, service }: Seen): Repair {
  const { target } = options;
  const project = service?.name.project ?? (target.kind === "service" ? target.project : undefined) ?? options.project;
  const identifier = error instanceof ApiError ? perimeterIdentifier(error.details) : undefined;
  const log = `gcloud logging read 'protoPayload.metadata.vpcServiceControlsUniqueId="${identifier}"' --project ${project}`;
  const message = [
    `Please let me through the service perimeter around project ${project}. VPC Service Controls refused me (${identifier}):`,
    log,
  ];
  return { grants: [], runpass: error.fix === undefined ? [] : [error.fix], gcloud: [], allowed: "no", message };
}

function denialIn({ effective, hops, walk, token }: Seen): DeniedBy | undefined {
  if (effective?.outcome === "denied") return effective.by;
  const denied = isBarred(walk, hops, token) ? hops.find((hop) => hop.effective?.outcome === "denied") : undefined;
  return denied?.effective?.outcome === "denied" ? denied.effective.by : undefined;
}

/** No grant helps against a deny policy: whoever manages it must except the caller. */
function exceptionTo({ policy, principal }: DeniedBy, { caller }: Seen): Repair {
  const [, point = "", , id = ""] = policy.split("/");
  const line = `gcloud iam policies get ${shellQuote(id)} --attachment-point ${shellQuote(decodeURIComponent(point))} --kind denypolicies`;
  const who = caller ?? "the caller";
  const sentence = `No grant helps: whoever manages the deny policy ${id} must except ${who} from what it denies ${principal}.`;
  return { grants: [], runpass: [sentence], gcloud: [line], allowed: "unknown" };
}

/** Both halves of calling as an account, as far as they are missing; only the first when one calls as oneself. */
function missingGrants(seen: Seen): readonly GrantRequest[] {
  const { service, caller, effective, live } = seen;
  const isRefused = live?.by === "google" && live.status === 403 && live.withToken;
  const isMissing = effective?.outcome === "none" || (effective?.outcome === "unknown" && isRefused);
  const grants: GrantRequest[] = [];
  if (service && caller !== undefined && isMissing && !service.invokerIamDisabled) {
    grants.push({ resource: { kind: "service", name: service.name }, role: invokerRole, members: [caller] });
  }
  return [...grants, ...missingHops(seen).map(grantOfHop)];
}

function missingHops({ walk, hops, self, token }: Seen): readonly Hop[] {
  if (!isBarred(walk, hops, token) || self === undefined) return [];
  const broken = brokenHops(hops);
  // Of a single step it is sure that it is the one, whatever could be read.
  return broken.length > 0 || hops.length > 1
    ? broken
    : hops.filter(({ effective }) => effective?.outcome !== "allowed");
}

function grantOfHop({ account, member, isLast }: Hop): GrantRequest {
  return { resource: account, role: isLast ? idTokenCreatorRole : tokenCreatorRole, members: [member] };
}

async function grantRepair(grants: readonly GrantRequest[], seen: Seen): Promise<Repair> {
  const { self, walk } = seen;
  const allowed = await mayWrite(
    grants.map(({ resource }) => [resource, policyPermissions[resource.kind].write]),
    seen,
  );
  const account = walk.options.impersonate?.length === 1 ? walk.options.impersonate[0] : undefined;
  const isBoth = grants.length === 2 && account !== undefined && grants[1]?.members[0] === self;
  const runpass = isBoth
    ? [`runpass grant ${nameOf(grants[0])} --as ${account}`]
    : grants.map((grant) => runpassLine(grant, self));
  const wanted = grants.flatMap(({ role, members }) => members.map((member) => `${role} for ${member}`)).join(" and ");
  const message = [`Please grant ${wanted}, so that I can call the service:`, ...gcloudLines(grants)];
  const repair = { grants, runpass, gcloud: gcloudLines(grants, self), allowed };
  if (allowed !== "no") return repair;
  const request = await requestInsteadOf(grants, seen);
  return { ...repair, message, ...(request ? { request } : {}) };
}

/** @param self the account of this machine: whoever else runs the lines is another. */
export function gcloudLines(grants: readonly GrantRequest[], self?: string): readonly string[] {
  return grants.flatMap(({ resource, role, members }) =>
    members.map((member) => gcloudBindingLine({ action: "add", resource, role, member, self })),
  );
}

function runpassLine(grant: GrantRequest, self: string | undefined): string {
  const { role, members } = grant;
  const isDefault = role === invokerRole || role === idTokenCreatorRole;
  const to = members.filter((member) => member !== self).map((member) => ` --to ${shellQuote(member)}`);
  return `runpass grant ${nameOf(grant)}${isDefault ? "" : ` --role ${role}`}${to.join("")}`;
}

function nameOf(grant: GrantRequest | undefined): string {
  if (grant?.resource.kind === "account") return grant.resource.email;
  return grant?.resource.kind === "service" ? `${grant.resource.name.service}@${grant.resource.name.region}` : "";
}

/** Whether the caller may do all of it, as far as policies tell. */
async function mayWrite(
  needed: readonly (readonly [resource: Resource, permission: string])[],
  { self, policies }: Seen,
): Promise<Repair["allowed"]> {
  if (self === undefined) return "unknown";
  const answers = await Promise.all(
    needed.map(
      async ([resource, permission]) => (await policies?.decide(resource, self, permission))?.outcome ?? "unknown",
    ),
  );
  if (answers.some((outcome) => outcome === "none" || outcome === "denied")) return "no";
  return answers.every((outcome) => outcome === "allowed") ? "yes" : "unknown";
}

/** A change of the service itself: for a person to weigh up. */
async function update(seen: Seen, flag: string, sentence: string): Promise<Repair> {
  const { name } = seen.service ?? {};
  if (!name) return { grants: [], runpass: [sentence], gcloud: [], allowed: "unknown" };
  const line = `gcloud run services update ${name.service} ${flag} --region ${name.region} --project ${name.project}`;
  const allowed = await mayWrite([[{ kind: "service", name }, "run.services.update"]], seen);
  const message = [`Please let callers reach ${name.service} at its own address:`, line];
  return { grants: [], runpass: [sentence], gcloud: [line], allowed, ...(allowed === "no" ? { message } : {}) };
}

/** Source of the reserved paths: Cloud Run documentation, "Known issues". */
function adviceOnCall({ live, walk }: Seen): string | undefined {
  const path = (walk.options.path ?? walk.options.target.path).split(/[?#]/, 1)[0] ?? "";
  if (live?.status === 404 && (path.startsWith("/_ah/") || path.endsWith("z"))) {
    return `Call another path: Google keeps some for itself, and ${path} may be one of them.`;
  }
  if (live?.by === "proxy") return "Ask whoever runs the proxy to let run.app hosts through, or set NO_PROXY for them.";
  return live?.status === 401
    ? "Look at the token: runpass token --format decoded, and call again with --no-cache."
    : undefined;
}

function advice(sentence: string | undefined): Repair | undefined {
  if (sentence === undefined) return undefined;
  const line = /gcloud services enable [\w.-]+(?: --project [\w:.-]+)?/.exec(sentence)?.[0];
  return { grants: [], runpass: [sentence], gcloud: line === undefined ? [] : [line], allowed: "unknown" };
}
