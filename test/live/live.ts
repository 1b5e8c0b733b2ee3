/**
 * The contract suite's situations against the real Google: `RUNPASS_LIVE_PROJECT=P npm run test:live`. See docs/live.md.
 * `RUNPASS_LIVE_DIFFERENCES` is the directory of its recordings, by default the one that the offline tests replay.
 */
import { join } from "node:path";
import { goThrough, goThroughEmulator } from "../situations/go-through.ts";
import { compare, writeDifferences } from "./compare.ts";

const {
  RUNPASS_LIVE_PROJECT: project,
  RUNPASS_LIVE_REGION: region = "us-central1",
  RUNPASS_LIVE_DIFFERENCES: directory = join(import.meta.dirname, "differences"),
} = process.env;
if (project === undefined || project === "") {
  process.stderr.write(
    "Set RUNPASS_LIVE_PROJECT to a project of yours. What is made there is removed again: docs/live.md\n",
  );
  process.exit(2);
}
// A terminal's Ctrl-C reaches both processes; whoever is told alone tells the other, which clears up.
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    process.stderr.write("Removing what was made …\n");
    interrupted.abort();
  });
}
try {
  const google = await goThrough(process.env, project, region, interrupted.signal);
  for (const each of google) if ("unseen" in each) process.stderr.write(`Not seen: ${each.step}: ${each.unseen}\n`);
  const seen = google.filter((each) => "status" in each).length;
  const differences = compare(google, await goThroughEmulator());
  if (differences.length === 0) {
    process.stdout.write(`${seen} answers of Google, and the emulator gives the same.\n`);
  } else {
    const date = new Date().toISOString().slice(0, 10);
    const file = await writeDifferences(directory, { date, differences });
    process.stderr.write(`${differences.length} of ${seen} answers differ: ${file}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${(error as { stderr?: string }).stderr ?? String(error)}\n`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}
