import assert from "node:assert/strict";
import { join } from "node:path";
import { converse, run } from "../fixture.ts";
import type { Client, Finished, Subject } from "../fixture.ts";

/** Has gcloud ask nothing. */
const asksNothing = { CLOUDSDK_CORE_DISABLE_PROMPTS: "1", PYTHONWARNINGS: "ignore" };

/** gcloud, loaded once for all who need it here, which takes longer than most commands. It ends with this process. */
let loaded: Client | undefined;

function load(variables: NodeJS.ProcessEnv): Client {
  const own = {
    ...asksNothing,
    CLOUDSDK_PYTHON_ARGS: "-m serve_gcloud",
    PYTHONPATH: join(import.meta.dirname, "preload"),
    PYTHONDONTWRITEBYTECODE: "1", // beside what is preloaded
  };
  return converse({ variables: { ...variables, ...own } }, "gcloud", []);
}

/**
 * Runs a gcloud command to its end, whatever its exit code, in a process of its own. It asks nothing. Where a metadata server is
 * gcloud reads while it is loaded: such variables come too late here.
 */
export async function runGcloud(
  { variables }: Pick<Subject, "variables">,
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  loaded ??= load(variables);
  return loaded.ask<Finished>(args, { ...variables, ...extra });
}

/** The same by the command as it is on PATH, started anew. */
export function startGcloud(
  subject: Pick<Subject, "variables">,
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return run(subject, "gcloud", args, { ...asksNothing, ...extra });
}

/** What {@link runGcloud} prints when all goes well, as it must. `account`: who acts, where it is not the active one. */
export async function gcloudOutput(subject: Subject, args: readonly string[], account?: string): Promise<string> {
  const extra = account === undefined ? {} : { CLOUDSDK_CORE_ACCOUNT: account };
  return outputOf(args, await runGcloud(subject, args, extra));
}

/** What a gcloud command has printed, which must have gone well. */
export function outputOf(args: readonly string[], { code, stdout, stderr }: Finished): string {
  assert.equal(code, 0, `gcloud ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}
