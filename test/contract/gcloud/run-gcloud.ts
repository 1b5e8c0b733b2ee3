import assert from "node:assert/strict";
import { join } from "node:path";
import { converse } from "../fixture.ts";
import type { Client, Finished, Subject } from "../fixture.ts";

/** Has gcloud ask nothing. */
export const asksNothing = { CLOUDSDK_CORE_DISABLE_PROMPTS: "1", PYTHONWARNINGS: "ignore" };

/** gcloud for many commands, asking nothing. `account`: who acts, where it is not the active one. */
export interface Gcloud extends AsyncDisposable {
  run(args: readonly string[], account?: string): Promise<Finished>;
  /** What it prints when all goes well, as it must. */
  output(args: readonly string[], account?: string): Promise<string>;
}

/** gcloud, started when it is first needed and loaded once; each command runs in a process of its own. */
export function createGcloud(subject: Subject): Gcloud {
  let client: Client | undefined;
  const run: Gcloud["run"] = (args, account) => {
    client ??= converse(subject, "gcloud", [], {
      ...asksNothing,
      CLOUDSDK_PYTHON_ARGS: "-m serve_gcloud",
      PYTHONPATH: join(import.meta.dirname, "preload"),
      PYTHONDONTWRITEBYTECODE: "1", // beside what is preloaded
    });
    return client.ask(args, account === undefined ? {} : { CLOUDSDK_CORE_ACCOUNT: account });
  };
  return {
    run,
    output: async (args, account) => {
      const { code, stdout, stderr } = await run(args, account);
      assert.equal(code, 0, `gcloud ${args.join(" ")}: ${stderr}`);
      return stdout.trim();
    },
    [Symbol.asyncDispose]: async () => client?.[Symbol.asyncDispose](),
  };
}
