/** The contract suite's situations against the real Google: `RUNPASS_LIVE_PROJECT=P npm run test:live`. See docs/live.md. */
import { runLive } from "./run-live.ts";

// A terminal's Ctrl-C reaches both processes; whoever is told alone tells the other, which clears up.
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    process.stderr.write("Removing what was made …\n");
    interrupted.abort();
  });
}
const { exitCode, stdout, stderr } = await runLive(process.env, interrupted.signal);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
