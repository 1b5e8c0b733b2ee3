/** The flows against the real Google: `RUNPASS_LIVE_PROJECT=P npm run test:live`. See docs/live.md. */
import { join } from "node:path";
import { compare, observeEmulator, observeIn, writeDifferences } from "./compare.ts";

const { RUNPASS_LIVE_PROJECT: project, RUNPASS_LIVE_REGION: region = "us-central1" } = process.env;
if (project === undefined || project === "") {
  process.stderr.write(
    "Set RUNPASS_LIVE_PROJECT to a project of yours. What is made there is removed again: docs/live.md\n",
  );
  process.exit(2);
}
const google = await observeIn(process.env, project, region);
const differences = compare(google, await observeEmulator());
if (differences.length === 0) {
  process.stdout.write(`${google.length} answers of Google, and the emulator gives the same.\n`);
} else {
  const date = new Date().toISOString().slice(0, 10);
  const file = await writeDifferences(join(import.meta.dirname, "differences"), { date, differences });
  process.stderr.write(`${differences.length} of ${google.length} answers differ: ${file}\n`);
  process.exitCode = 1;
}
