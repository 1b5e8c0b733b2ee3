import { gcloudBindingLine, shellQuote } from "../access/gcloud-lines.ts";
import { idTokenCreatorRole, invokerRole } from "../access/grant.ts";
import type { GrantRequest } from "../access/grant.ts";
import type { Evaluator } from "../access/effective.ts";
import type { RunServiceName } from "../google/run-name.ts";
import type { Seen } from "./diagnose.ts";
import type { Link, Repair } from "./finding.ts";

/**
 * The smallest change that repairs a call, or advice where somebody must decide. Never a key, never `allUsers`, never a wider
 * ingress or audience than there is.
 */
export function repairOf(cause: Link, seen: Seen): Repair | undefined {
  const { service, options, errors } = seen;
  switch (cause) {
    case "policy":
    case "call":
    case "impersonation": {
      const grants = missingGrants(seen);
      return grants.length > 0 ? grantRepair(grants, seen) : adviceFrom(errors.get(cause)?.fix);
    }
    case "propagation":
      return advice("Wait some minutes and look again.");
    case "audience":
      return advice(`Leave out --audience: the service takes ${service?.url ?? "its own address"}.`);
    case "address":
      return service?.defaultUriDisabled
        ? update(
            service.name,
            "--default-url",
            "Call the service by the address that stands before it, or switch its own on.",
          )
        : advice(`Call ${service?.url ?? "the service"} instead.`);
    case "ingress":
      return advice("Call it from inside the network or through its load balancer; or let its owner open the ingress.");
    case "IAP":
      return advice("Call it with a token for Identity-Aware Proxy's own audience (--audience IAP_CLIENT_ID).");
    case "clock":
      return advice("Set this machine's clock, then call again without the cache: runpass curl --no-cache …");
    default:
      return adviceFrom(errors.get(cause)?.fix ?? (options.target.kind === "url" ? "Check the address." : undefined));
  }
}

/** Both halves of calling as an account, as far as they are missing; only the first when one calls as oneself. */
function missingGrants({ service, caller, effective, self, options, errors, live }: Seen): readonly GrantRequest[] {
  const grants: GrantRequest[] = [];
  const refused = effective?.outcome === "none" || (effective?.outcome === "unknown" && live?.status === 403);
  if (service && caller !== undefined && refused && !service.invokerIamDisabled) {
    grants.push({ resource: { kind: "service", name: service.name }, role: invokerRole, members: [caller] });
  }
  const account = options.impersonate?.at(-1);
  const isSingle = options.impersonate?.length === 1;
  if (
    account !== undefined &&
    isSingle &&
    self !== undefined &&
    errors.get("impersonation")?.code === "permission_denied"
  ) {
    grants.push({ resource: { kind: "account", email: account }, role: idTokenCreatorRole, members: [self] });
  }
  return grants;
}

function grantRepair(grants: readonly GrantRequest[], seen: Seen): Repair {
  const { self, service, options } = seen;
  const [first] = grants;
  const target = service ? `${service.name.service}@${service.name.region}` : "";
  const account = options.impersonate?.at(-1);
  const both = grants.length > 1 && account !== undefined;
  const runpass = both
    ? [`runpass grant ${target} --as ${account}`]
    : grants.map(({ resource, members }) =>
        resource.kind === "account"
          ? `runpass grant ${resource.email}`
          : `runpass grant ${target}${members[0] === self ? "" : ` --to ${shellQuote(members[0] ?? "")}`}`,
      );
  const gcloud = grants.flatMap(({ resource, role, members }) =>
    members.map((member) => gcloudBindingLine({ action: "add", resource, role, member, self })),
  );
  return { grants: first ? grants : [], runpass, gcloud, allowed: mayWrite(grants, seen) };
}

/** Whether the caller may write every policy that has to be written, as far as policies tell. */
function mayWrite(
  grants: readonly GrantRequest[],
  { self, servicePolicies, accountPolicies, nowMs }: Seen,
): Repair["allowed"] {
  if (self === undefined) return "unknown";
  const answers = grants.map(({ resource }) => {
    const [policies, permission] =
      resource.kind === "account"
        ? [accountPolicies, "iam.serviceAccounts.setIamPolicy"]
        : [servicePolicies, "run.services.setIamPolicy"];
    return decide(policies, self, permission, nowMs);
  });
  return answers.includes("no") ? "no" : answers.includes("unknown") ? "unknown" : "yes";
}

function decide(policies: Evaluator | undefined, member: string, permission: string, nowMs: number): Repair["allowed"] {
  const outcome = policies?.decide({ member }, permission, nowMs).outcome ?? "unknown";
  return outcome === "allowed" ? "yes" : outcome === "unknown" ? "unknown" : "no";
}

function update({ service, region, project }: RunServiceName, flag: string, sentence: string): Repair {
  const line = `gcloud run services update ${service} ${flag} --region ${region} --project ${project}`;
  return { grants: [], runpass: [sentence], gcloud: [line], allowed: "unknown" };
}

function advice(sentence: string): Repair {
  return { grants: [], runpass: [sentence], gcloud: [], allowed: "unknown" };
}

function adviceFrom(fix: string | undefined): Repair | undefined {
  return fix === undefined ? undefined : advice(fix);
}
