import type { Context } from "../core/context.ts";
import { judgeCall, lookAtCall } from "./call-link.ts";
import { judgeClock } from "./clock-link.ts";
import { judgeCredentials, lookAtCredentials } from "./credential-link.ts";
import type { Diagnosis } from "./finding.ts";
import { judgeImpersonation, readHops } from "./impersonation-link.ts";
import { judgeNetwork } from "./network-link.ts";
import { invokePermission, judgePolicy, readPolicies } from "./policy-link.ts";
import { judgeService, lookAtService, nameIn } from "./service-links.ts";
import { judgeToken, lookAtToken } from "./token-links.ts";
import { concludeFrom } from "./verdict.ts";
import { startWalk } from "./walk.ts";
import type { DiagnoseOptions } from "./walk.ts";

/**
 * Walks the chain from the caller's credentials to the service's answer, stops at nothing, and says what is wrong and what
 * repairs it. Writes nothing; sends one GET to the service.
 *
 * @throws nothing but what is no failure of the call: every error is a finding.
 */
export async function diagnose(context: Context, options: DiagnoseOptions): Promise<Diagnosis> {
  const walk = startWalk(context, options);

  // First what is there, side by side as far as one thing does not need the other …
  const identity = await lookAtCredentials(walk);
  const [place, early] = await Promise.all([
    lookAtService(walk, identity),
    readPolicies(walk, identity, nameIn(options)),
  ]);
  const [token, policies] = await Promise.all([
    lookAtToken(walk, identity, place),
    early ?? readPolicies(walk, identity, place.service?.name),
  ]);
  const { service } = place;
  const { caller } = identity;
  const [live, hops, effective] = await Promise.all([
    lookAtCall(walk, place, token?.token),
    readHops(options, identity, policies),
    service && caller !== undefined
      ? policies?.decide({ kind: "service", name: service.name }, caller, invokePermission)
      : undefined,
  ]);

  // … then what it says, link by link.
  const findings = [
    judgeCredentials(walk, identity),
    judgeNetwork(walk),
    judgeClock(walk.clock(), walk.errors.get("credentials")),
    ...judgeService(walk, place),
    judgeImpersonation(walk, identity, hops, token),
    ...judgeToken(walk, token, place),
    judgePolicy(walk, identity, place, { policies, effective }),
    judgeCall(live),
  ];
  return concludeFrom({ walk, findings, ...identity, ...place, policies, effective, token, hops, live });
}
