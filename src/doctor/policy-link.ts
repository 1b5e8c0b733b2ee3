import type { Effective } from "../access/effective.ts";
import { failed, passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** What policies say about a call, in a sentence. */
export function judgePolicy(member: string, service: string, effective: Effective): Finding {
  switch (effective.outcome) {
    case "allowed": {
      const { binding, resource, member: by } = effective.through;
      const caveat =
        effective.unless.length > 0 ? `, unless a deny policy takes it: ${effective.unless.join("; ")}` : "";
      return passed("policy", `${binding.role} on ${resource} gives run.routes.invoke to ${by}${caveat}`);
    }
    case "denied":
      return failed(
        "policy",
        `${effective.by.policy} on ${effective.by.resource} denies run.routes.invoke to ${effective.by.principal}`,
      );
    case "unknown":
      return unknown(
        "policy",
        `whether ${member} holds run.routes.invoke is not known: ${effective.because.join("; ")}`,
        permissionIn(effective.because),
      );
    case "none": {
      const [missed] = effective.missed;
      return missed
        ? failed(
            "policy",
            `${missed.binding.role} on ${missed.resource} would give it, but its condition does not hold now: ${missed.binding.condition?.expression ?? ""}`,
          )
        : failed("policy", `no binding on ${service} or above gives run.routes.invoke to ${member}`);
    }
  }
}

function permissionIn(because: readonly string[]): string | undefined {
  return because
    .map((clause) => /could not be read: ([\w.]+) is missing/.exec(clause)?.[1])
    .find((found) => found !== undefined);
}
