import { once } from "node:events";
import { createInterface } from "node:readline";
import { RunpassError } from "../core/errors.ts";
import { isAnswerTo } from "../credentials/sign-in.ts";
import type { Input } from "./io.ts";

/**
 * Reads the answer to a sign-in from the first line that is not empty: the address that the browser was sent to, or the code alone.
 *
 * @throws {RunpassError} `login_failed`; what was pasted does not show in it.
 */
export async function readPastedAnswer(input: Input, state: string, signal: AbortSignal): Promise<URLSearchParams> {
  const lines = createInterface({ input, terminal: false, signal });
  const ended = once(lines, "close").then(() => "");
  const firstLine = new Promise<string>((resolve) => {
    lines.on("line", (line) => {
      if (line.trim() !== "") resolve(line.trim());
    });
  });
  const line = await Promise.race([firstLine, ended]);
  lines.close();
  if (line === "")
    throw failed("No answer was pasted", "Paste the address that the browser was sent to, or the code in it");
  const url = URL.parse(line);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    // A code has no state; the verifier, which never left this process, binds it to this sign-in.
    return new URLSearchParams({ code: /%[\da-f]{2}/i.test(line) ? decodeURIComponent(line) : line });
  }
  if (isAnswerTo(state, url.searchParams)) return url.searchParams;
  throw failed(
    "The address that was pasted belongs to another sign-in",
    "Run runpass login again, and paste its own answer",
  );
}

function failed(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "login_failed", message, fix });
}
