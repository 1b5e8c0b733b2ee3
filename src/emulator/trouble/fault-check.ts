import type { Fault, TroubleChange } from "../world/world-trouble.ts";

/** What is wrong with a fault whose members have the right types; `undefined` when nothing is. */
export function findFaultMistake(fault: Fault): string | undefined {
  const { api, service, status, retryAfterSeconds, latencyMs, connection, times, share, reason } = fault;
  if ((api === undefined) === (service === undefined)) return "it is for either an api or a service";
  if (status === undefined && reason === undefined && latencyMs === undefined && connection === undefined)
    return "it has none of status, reason, latencyMs and connection, so nothing would happen";
  if (reason !== undefined && (api === undefined || status !== undefined || connection === "reset"))
    return "a reason is an API's answer: it goes with no service, status or connection that is reset";
  if (status !== undefined && !(Number.isInteger(status) && status >= 400 && status <= 599))
    return `status is from 400 to 599, not ${status}`;
  if (status !== undefined && connection === "reset") return "a connection that is reset carries no status";
  if (retryAfterSeconds !== undefined && status === undefined) return "retryAfterSeconds needs a status";
  if (retryAfterSeconds !== undefined && !(Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 0))
    return `retryAfterSeconds is a whole number from 0, not ${retryAfterSeconds}`;
  if (latencyMs !== undefined && !(latencyMs >= 0 && latencyMs <= 3_600_000))
    return `latencyMs is from 0 to an hour, not ${latencyMs}`;
  if (times !== undefined && !(Number.isInteger(times) && times > 0))
    return `times is a whole number from 1, not ${times}`;
  if (share !== undefined && !(share > 0 && share <= 1)) return `share is above 0 and at most 1, not ${share}`;
  return undefined;
}

/** What is wrong with the other trouble of a world, or with a change of it. */
export function findTroubleMistake({ propagationSeconds, rough }: TroubleChange): string | undefined {
  if (propagationSeconds !== undefined && !(propagationSeconds >= 0 && propagationSeconds <= 86_400))
    return `propagationSeconds is from 0 to a day, not ${propagationSeconds}`;
  if (rough && !(Number.isInteger(rough.seed) && rough.seed >= 0))
    return `a seed is a whole number from 0, not ${rough.seed}`;
  return undefined;
}
