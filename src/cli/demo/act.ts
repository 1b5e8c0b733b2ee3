import { STATUS_CODES } from "node:http";
import type { Fetch } from "../../core/context.ts";
import type { Environment } from "../../core/environment.ts";
import { readVariable } from "../../core/environment.ts";
import { createFetch } from "../../http/fetch.ts";
import type { Io } from "../io.ts";
import { run } from "../run.ts";
import type { DemoStep } from "./steps.ts";

/** Does what a step says, with this environment. */
export type DemoActor = (step: DemoStep) => Promise<DemoOutcome>;

export interface DemoOutcome {
  /** An HTTP status or an exit code. */
  readonly seen: number;
  /** The same for a person. */
  readonly text: string;
}

/** Acts in an emulator's environment, by the very code of the commands and by real requests through the proxy. */
export function createDemoActor(io: Io, environment: Environment): DemoActor {
  const fetch = createFetch({ environment });
  return async ({ act }) => {
    if (act.kind === "run") {
      const { exitCode } = await runCaptured(io, environment, act.argv);
      return { seen: exitCode, text: exitCode === 0 ? "done" : `exit ${exitCode}` };
    }
    const authorization = act.token
      ? (await runCaptured(io, environment, [...act.token, "--format", "header"])).stdout
          .trim()
          .slice("Authorization: ".length)
      : act.bearer && `Bearer ${act.bearer}`;
    const status = await request(fetch, readVariable(environment, "SERVICE_URL") ?? "", authorization);
    return { seen: status, text: `${status} ${STATUS_CODES[status] ?? ""}`.trim() };
  };
}

async function request(fetch: Fetch, url: string, authorization: string | undefined): Promise<number> {
  const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } });
  await response.text(); // to its end, so that the connection is free again
  return response.status;
}

/** Runs a command line of ours in this process. What it says on stderr is told by the demo in its own words. */
async function runCaptured(
  io: Io,
  environment: Environment,
  argv: readonly string[],
): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  let stdout = "";
  const exitCode = await run(argv, {
    ...io,
    environment,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: () => {} },
  });
  return { exitCode, stdout };
}
