import type { Grade, TraceStep } from "./decision.ts";

/** The rule held. */
export function passed(rule: string, detail: string, grade: Grade): TraceStep {
  return { rule, outcome: "passed", detail, grade };
}

/** The rule did not hold. */
export function failed(rule: string, detail: string, grade: Grade): TraceStep {
  return { rule, outcome: "failed", detail, grade };
}

/** The rule had nothing to judge. */
export function skipped(rule: string, detail: string, grade: Grade): TraceStep {
  return { rule, outcome: "skipped", detail, grade };
}

/** A value that came from outside as it may stand in a step: on one line, and short. Never give it a token. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
