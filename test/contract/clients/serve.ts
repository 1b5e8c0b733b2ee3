import { createInterface } from "node:readline";
import { print } from "./print.ts";

/** Answers the test that started this client, question by question: words in, JSON out, a line each. */
export async function serve(answer: (...words: string[]) => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: process.stdin }))
    print(await answer(...(JSON.parse(line) as string[])));
}
