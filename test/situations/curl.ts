import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Question } from "./situation.ts";

export interface CurlAnswer {
  /** 0 where there was none. */
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** What curl says where there was no answer. */
  readonly complaint: string;
}

/**
 * Asks one question after the other by one curl, which reads its roots of trust once. What it sends goes through its standard
 * input and files of its own, so that no token stands in its arguments.
 */
export async function curl(
  questions: readonly Question[],
  { signal, env = process.env }: { readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<readonly CurlAnswer[]> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-curl-"));
  try {
    const mark = randomBytes(12).toString("hex");
    const transfers = await Promise.all(questions.map((question) => describe(question, directory, mark)));
    const child = spawn("curl", ["--config", "-"], {
      env,
      stdio: ["pipe", "pipe", "pipe"],
      ...(signal ? { signal } : {}),
    });
    child.stdin.on("error", () => {}); // it says itself why it ended
    child.stdin.end(transfers.join("next\n"));
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    const answers = [...output.matchAll(new RegExp(`([^]*?)\\n${mark} (\\d+) (.*)\\n`, "g"))];
    if (answers.length !== questions.length) throw new Error(`curl ended early: ${complaint.trim()}`);
    return answers.map(([, answer = "", status, why = ""]) => ({
      ...parse(answer),
      status: Number(status),
      complaint: why,
    }));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** One transfer in curl's configuration file. */
async function describe(question: Question, directory: string, mark: string): Promise<string> {
  const { method = "GET", url, headers = [], body, form, bytes } = question;
  const content = body ? JSON.stringify(body) : form ? String(new URLSearchParams(form)) : undefined;
  const lines: (readonly [string, string])[] = [
    ["url", url],
    ["request", method],
    // curl's way to write a header without a value
    ...headers.map(([name, value]) => ["header", value === "" ? `${name};` : `${name}: ${value}`] as const),
    ["write-out", `\\n${mark} %{http_code} %{errormsg}\\n`],
  ];
  if (body) lines.push(["header", "content-type: application/json"]);
  if (content !== undefined || bytes !== undefined) {
    const file = join(directory, randomBytes(6).toString("hex"));
    await writeFile(file, content ?? "");
    if (bytes !== undefined) await truncate(file, bytes);
    lines.push(["data-binary", `@${file}`]);
  }
  const flags = ["silent", "include", "suppress-connect-headers"];
  return [...flags, ...lines.map(([option, value]) => `${option} = ${JSON.stringify(value)}`), ""].join("\n");
}

function parse(answer: string): Pick<CurlAnswer, "headers" | "body"> {
  const [head = "", ...rest] = answer.replace(/^(?:HTTP\/[\d.]+ 1\d\d[^]*?\r\n\r\n)+/, "").split("\r\n\r\n");
  const headers = head
    .split("\r\n")
    .slice(1)
    .map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
  return { headers: new Map(headers), body: rest.join("\r\n\r\n") };
}
