import assert from "node:assert/strict";
import { run } from "../fixture.ts";
import type { Finished, Subject } from "../fixture.ts";

/** Runs gcloud so that it asks nothing. `account`: who acts, where it is not the active one. */
export function runGcloud(subject: Subject, args: readonly string[], account?: string): Promise<Finished> {
  return run(subject, "gcloud", args, {
    CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    PYTHONWARNINGS: "ignore",
    ...(account === undefined ? {} : { CLOUDSDK_CORE_ACCOUNT: account }),
  });
}

/** What gcloud prints when all goes well, as it must. */
export async function gcloudOutput(subject: Subject, args: readonly string[], account?: string): Promise<string> {
  const { code, stdout, stderr } = await runGcloud(subject, args, account);
  assert.equal(code, 0, `gcloud ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}
