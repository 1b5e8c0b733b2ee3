import { loadCel } from "../google/cel.ts";
import type { Cel } from "../google/cel.ts";
import type { Condition } from "../google/policy.ts";

/** Whether a condition holds at a time. `error`: IAM cannot evaluate it. `unknown`: it asks for what is not known here. */
export type ConditionState =
  | { readonly outcome: "holds" | "fails" }
  | { readonly outcome: "error" | "unknown"; readonly why: string };

/** Judges conditions. */
export type ConditionJudge = (condition: Condition, nowMs: number) => ConditionState;

const tagsUnread = "it asks for tags of the resource, which are not read";

let loading: Promise<ConditionJudge> | undefined;

/** Loads what conditions are judged with, once a process: only for policies that hold some, since that takes a while. */
export async function createConditionJudge(): Promise<ConditionJudge> {
  return (loading ??= load());
}

/** One condition is judged for many members and permissions, always at the same time. */
const mostKept = 1000;

async function load(): Promise<ConditionJudge> {
  // Of two errors in an expression CEL tells one, so it is noted whether tags were asked for.
  let asksForTags = false;
  const cel = withTagMethods(await loadCel(), () => {
    asksForTags = true;
  });
  const kept = new Map<string, ConditionState>();
  let keptForMs = Number.NaN;

  function judge(expression: string, nowMs: number): ConditionState {
    const parsed = cel.parse(expression);
    if (typeof parsed === "string") return { outcome: "error", why: parsed };
    asksForTags = false;
    // The attributes are there, but for Cloud Run nothing is in them.
    const result = parsed.evaluate({ request: { time: new Date(nowMs) }, resource: {}, destination: {}, api: {} });
    if ("error" in result) {
      return asksForTags ? { outcome: "unknown", why: tagsUnread } : { outcome: "error", why: result.error };
    }
    if (typeof result.value !== "boolean") return { outcome: "error", why: "it is neither true nor false" };
    return { outcome: result.value ? "holds" : "fails" };
  }

  return ({ expression }, nowMs) => {
    if (keptForMs !== nowMs || kept.size >= mostKept) kept.clear();
    keptForMs = nowMs;
    let state = kept.get(expression);
    if (!state) kept.set(expression, (state = judge(expression, nowMs)));
    return state;
  };
}

function withTagMethods(cel: Cel, onAsked: () => void): Cel {
  return cel.extend(({ celMethod, mapType, CelScalar: { STRING, DYN, BOOL } }) => {
    const resource = mapType(STRING, DYN);
    const unread = (): never => {
      onAsked();
      throw new Error(tagsUnread);
    };
    return [
      celMethod("matchTag", resource, [STRING, STRING], BOOL, unread),
      celMethod("matchTagId", resource, [STRING, STRING], BOOL, unread),
      celMethod("hasTagKey", resource, [STRING], BOOL, unread),
      celMethod("hasTagKeyId", resource, [STRING], BOOL, unread),
    ];
  });
}

/** When the last moment is at which a condition of the form `request.time < timestamp("…")` can hold; in milliseconds. */
export function expiryOf({ expression }: Condition): number | undefined {
  const times = [...expression.matchAll(/request\.time\s*<=?\s*timestamp\(\s*["']([^"']+)["']\s*\)/g)];
  // An expiry only if nothing else can let it hold again.
  if (times.length !== 1 || /\|\||!|\?/.test(expression)) return undefined;
  const atMs = Date.parse(times[0]?.[1] ?? "");
  return Number.isNaN(atMs) ? undefined : atMs;
}
