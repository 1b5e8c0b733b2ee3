import type { Context } from "../core/context.ts";
import type { Effective } from "./effective.ts";

/** What is seen in reality of a change: whether whoever decides by the policy has it already. */
export type Sighting =
  | { readonly seen: "arrived" | "not yet" }
  /** Nothing can be told from what was seen. */
  | { readonly seen: "nothing" }
  /** It cannot come by waiting: something else stands in the way. */
  | { readonly seen: "never"; readonly why: string };

/** How a wait ended. `by policy`: the policies say so, and reality cannot be seen from here. */
export type WaitOutcome =
  | { readonly outcome: "arrived" | "by policy" | "not yet"; readonly elapsedMs: number }
  | { readonly outcome: "never"; readonly why: string; readonly elapsedMs: number };

/** Whether somebody is to have it in the end, as after a grant, or not to have it, as after a revoke. */
export type Wanted = "held" | "gone";

/** What is waited for, and how it is looked at. */
export interface WaitOptions {
  readonly wanted: Wanted;
  /** What the policies say now. */
  readonly readPolicies: () => Promise<Effective>;
  /** Looks at reality; absent where that is not possible from here. */
  readonly look?: (() => Promise<Sighting>) | undefined;
  /** Told after every look that saw nothing yet: how long it has been, and whether the policies say for sure that it will come. */
  readonly onWaiting: (elapsedMs: number, isSure: boolean) => void;
  readonly pause: (delayMs: number) => Promise<void>;
  /** Time after which it is given up. Default 20 minutes: Google names 7 minutes "or longer". */
  readonly limitMs?: number;
}

const intervalMs = 5_000;
const policiesEveryMs = 60_000;

/**
 * Waits until a change of a policy counts. First, and every minute, the policies are asked: where they say that it can never come,
 * nothing is waited for. Then reality is looked at every few seconds. Source of how long it takes: IAM documentation, "Access
 * change propagation": usually 2 minutes, 7 or longer at times.
 *
 * @throws {RunpassError} as `readPolicies` and `look` do.
 */
export async function waitForChange({ clock }: Context, options: WaitOptions): Promise<WaitOutcome> {
  const { wanted, readPolicies, look, onWaiting, pause, limitMs = 20 * 60_000 } = options;
  const startMs = clock.nowMs();
  let policiesAtMs = Number.NEGATIVE_INFINITY;
  let isSure = false;
  for (;;) {
    const nowMs = clock.nowMs();
    const elapsedMs = nowMs - startMs;
    if (nowMs - policiesAtMs >= policiesEveryMs) {
      policiesAtMs = nowMs;
      const effective = await readPolicies();
      isSure = effective.outcome !== "unknown";
      const why = obstacle(effective, wanted);
      if (why !== undefined) return { outcome: "never", why, elapsedMs };
    }
    if (!look) return { outcome: "by policy", elapsedMs };
    const sighting = await look();
    if (sighting.seen === "never") return { outcome: "never", why: sighting.why, elapsedMs };
    if (sighting.seen === "arrived") return { outcome: "arrived", elapsedMs };
    if (sighting.seen === "nothing") return { outcome: "by policy", elapsedMs };
    if (elapsedMs >= limitMs) return { outcome: "not yet", elapsedMs };
    onWaiting(elapsedMs, isSure);
    await pause(intervalMs);
  }
}

/** Why it cannot come, as the policies are. What they do not surely tell is no obstacle. */
function obstacle(effective: Effective, wanted: Wanted): string | undefined {
  switch (effective.outcome) {
    case "allowed": {
      const { binding, resource, member } = effective.through;
      return wanted === "held" ? undefined : `${binding.role} on ${resource} still gives it to ${member}`;
    }
    case "denied":
      return wanted === "gone" ? undefined : `${effective.by.policy} denies it to ${effective.by.principal}`;
    case "none":
      if (wanted === "gone") return undefined;
      return effective.missed[0]
        ? `the condition does not hold now: ${effective.missed[0].binding.condition?.expression ?? ""}`
        : "no policy gives it any more";
    case "unknown":
      return undefined;
  }
}
