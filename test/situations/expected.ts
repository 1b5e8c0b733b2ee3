import assert from "node:assert/strict";
import type { Expected, Observation } from "./situation.ts";

/** Compares status, headers and body of an answer with what is expected. */
export function assertExpected(answer: Omit<Observation, "step">, { status, headers = {}, body }: Expected): void {
  const { body: text = "" } = answer;
  assert.equal(answer.status, status, text);
  for (const [header, value] of Object.entries(headers)) assert.equal(answer.headers[header], value, header);
  if (body instanceof RegExp) assert.match(text, body);
  else if (typeof body === "string") assert.equal(text, body);
  else if (body !== undefined) assert.deepEqual(JSON.parse(text), body);
}
