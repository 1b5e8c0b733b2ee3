import { join } from "node:path";
import { goThrough } from "../situations/go-through.ts";
import { compare, emulatorsObservation, writeDifferences } from "./compare.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What came of a live run: what it says, and the exit code. */
export interface LiveResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Goes through the situations against the Google that the variables lead to, and writes down what the emulator does otherwise:
 * in `RUNPASS_LIVE_DIFFERENCES`, by default the directory that the offline tests replay. When `signal` is aborted it clears up.
 */
export async function runLive(variables: Variables, signal?: AbortSignal): Promise<LiveResult> {
  const {
    RUNPASS_LIVE_PROJECT: project,
    RUNPASS_LIVE_REGION: region = "us-central1",
    RUNPASS_LIVE_DIFFERENCES: directory = join(import.meta.dirname, "differences"),
  } = variables;
  if (project === undefined || project === "") {
    const stderr =
      "Set RUNPASS_LIVE_PROJECT to a project of yours. What is made there is removed again: docs/live.md\n";
    return { exitCode: 2, stdout: "", stderr };
  }
  try {
    const google = await goThrough(variables, project, region, signal);
    const unseen = google.flatMap((each) => ("unseen" in each ? [`Not seen: ${each.step}: ${each.unseen}\n`] : []));
    const seen = google.length - unseen.length;
    const differences = compare(google, await emulatorsObservation());
    if (differences.length === 0) {
      const stdout = `${seen} answers of Google, and the emulator gives the same.\n`;
      return { exitCode: 0, stdout, stderr: unseen.join("") };
    }
    const date = new Date().toISOString().slice(0, 10);
    const file = await writeDifferences(directory, { date, differences });
    const stderr = `${unseen.join("")}${differences.length} of ${seen} answers differ: ${file}\n`;
    return { exitCode: 1, stdout: "", stderr };
  } catch (error) {
    const stderr = `${(error as { stderr?: string }).stderr ?? String(error)}\n`;
    return { exitCode: signal?.aborted ? 130 : 1, stdout: "", stderr };
  }
}
