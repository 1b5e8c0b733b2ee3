/**
 * Goes through the situations against whatever Google the environment leads to, and prints what it saw as JSON, a line each.
 * What it makes it removes, also when it is interrupted. `RUNPASS_LIVE_PROJECT=P [RUNPASS_LIVE_REGION=R] node observe.ts`
 */
import { apiSituations } from "./apis.ts";
import { curl } from "./curl.ts";
import { frontEndSituations } from "./front-end.ts";
import { policySituations } from "./policies.ts";
import { normalise } from "./redact.ts";
import type { Observation, Situation, Unseen } from "./situation.ts";
import { onStage } from "./stage.ts";

/** All of them. Those that change something come last in their list, and no two change the same. */
export const situations: readonly Situation[] = [...frontEndSituations, ...policySituations, ...apiSituations];

/** What is compared, where the answer has it. */
const shownHeaders = ["content-type", "www-authenticate", "access-control-allow-origin"];

export async function observe(project: string, region: string, signal: AbortSignal): Promise<(Observation | Unseen)[]> {
  return onStage({ project, region, signal }, async (stage) => {
    const { redact } = stage.redaction;
    const asked = await Promise.allSettled(situations.map(async ({ ask }) => ask(stage)));
    signal.throwIfAborted();
    const questions = asked.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const answers = await curl(questions, { signal });
    return situations.map((situation, at) => {
      const [step, each] = [situation.name, asked[at]!];
      if (each.status === "rejected") return { step, unseen: redact((each.reason as Error).message) };
      const answer = answers[questions.indexOf(each.value)]!;
      if (answer.status === 0) return { step, unseen: redact(answer.complaint) };
      // What a service lets through is answered by its own container, whose affair it is.
      if (situation.expect.body === undefined) return { step, status: answer.status, headers: {} };
      const isPage = new URL(each.value.url).host.endsWith(".run.app");
      const headers = [...shownHeaders, ...(isPage ? ["server"] : [])].flatMap((name) => {
        const value = answer.headers.get(name);
        return value === undefined ? [] : [[name, redact(value)] as const];
      });
      const body = redact(normalise(answer.body));
      return { step, status: answer.status, headers: Object.fromEntries(headers), body };
    });
  });
}

if (import.meta.main) {
  const { RUNPASS_LIVE_PROJECT: project, RUNPASS_LIVE_REGION: region = "us-central1" } = process.env;
  if (project === undefined) throw new Error("RUNPASS_LIVE_PROJECT names no project");
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort(new Error(name)));
  process.stdout.write(`${JSON.stringify(await observe(project, region, interrupted.signal))}\n`);
}
