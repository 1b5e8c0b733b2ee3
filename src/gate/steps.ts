import type { TraceStep } from "./decision.ts";
import { facts } from "./facts.ts";
import type { FactName } from "./facts.ts";

/** The rule held. */
export function passed(rule: string, detail: string, fact: FactName): TraceStep {
  return { rule, outcome: "passed", detail, fact, grade: facts[fact].grade };
}

/** The rule did not hold. */
export function failed(rule: string, detail: string, fact: FactName): TraceStep {
  return { rule, outcome: "failed", detail, fact, grade: facts[fact].grade };
}

/** The rule had nothing to judge. */
export function skipped(rule: string, detail: string, fact: FactName): TraceStep {
  return { rule, outcome: "skipped", detail, fact, grade: facts[fact].grade };
}

/** A value that came from outside as it may stand in a step: on one line, and short. Never give it a token. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
