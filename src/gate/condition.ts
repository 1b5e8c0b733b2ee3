import { loadCel, loadedCel } from "../google/cel.ts";
import type { Cel, CelExpression } from "../google/cel.ts";
import { checkCondition, checkDenialCondition } from "./condition-check.ts";
import type { ResourceTag } from "./view.ts";

/** What conditions are judged by. */
export interface ConditionContext {
  /** `request.time`, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Tags of the resource, its own and those that it inherits. */
  readonly tags: readonly ResourceTag[];
}

/** Whether a condition holds. One that cannot be evaluated does not, and says why. */
export type Verdict = { readonly outcome: "holds" | "fails" } | { readonly outcome: "error"; readonly why: string };

/** What is wrong with an expression that is no condition. */
type Fault = string;

/** Longer expressions are refused. IAM's own limit is published for access boundaries only. */
const maxLength = 2048;
/** Deeper ones would exhaust the stack of whoever reads them. */
const maxDepth = 50;
const keptPrograms = 1000;

const holds: Verdict = { outcome: "holds" };
const fails: Verdict = { outcome: "fails" };
const notLoaded = { outcome: "error", why: "conditions are not ready: await loadConditions() first" } as const;

const programs = new Map<string, CelExpression | Fault>();

/**
 * Makes conditions ready. They are written in CEL, which takes longer to load than a gate takes to start, so whoever gives the
 * gate policies with conditions calls this first. Until then a condition cannot be evaluated.
 */
export async function loadConditions(): Promise<void> {
  await loadCel();
}

/**
 * Checks the expression of a binding's condition. {@link loadConditions} comes first.
 *
 * @returns `undefined`, or in CEL's words why it is none.
 */
export function findFault(expression: string): string | undefined {
  const program = programOf(expression);
  return typeof program === "object" ? undefined : (program ?? notLoaded.why);
}

/** The same for the condition of a deny rule, in which only tags count. */
export function findDenialFault(expression: string): string | undefined {
  const program = programOf(expression);
  return typeof program === "object" ? checkDenialCondition(program) : (program ?? notLoaded.why);
}

/**
 * Evaluates a condition. Never throws. Expressions are compiled when they are first seen.
 * Source: IAM documentation, "Overview of IAM Conditions", "Attribute reference".
 */
export function evaluateCondition(expression: string, context: ConditionContext): Verdict {
  const program = programOf(expression);
  if (program === undefined) return notLoaded;
  return typeof program === "object" ? evaluate(program, context) : { outcome: "error", why: program };
}

function programOf(expression: string): CelExpression | Fault | undefined {
  const known = programs.get(expression);
  if (known !== undefined) return known;
  const cel = loadedCel();
  if (!cel) return undefined;
  const program = compile(cel, expression);
  if (programs.size >= keptPrograms) programs.clear(); // callers write expressions: there is no end to them
  programs.set(expression, program);
  return program;
}

function compile(cel: Cel, expression: string): CelExpression | Fault {
  if (expression.length > maxLength) {
    return `the expression has ${expression.length} characters, but the maximum is ${maxLength}`;
  }
  if (depthOf(expression) > maxDepth) return `the expression is nested deeper than ${maxDepth} levels`;
  const parsed = languageOf(cel).parse(expression);
  return typeof parsed === "string" ? `ERROR: ${parsed}` : (checkCondition(parsed, expression) ?? parsed);
}

/** `resource` and the others are there, but for Cloud Run nothing is in them: what asks for it cannot be evaluated. */
const nothing = { resource: {}, destination: {}, api: {} };

function evaluate(program: CelExpression, { nowMs, tags }: ConditionContext): Verdict {
  tagsNow = tags;
  const result = program.evaluate({ ...nothing, request: { time: new Date(nowMs) } });
  if ("error" in result) return { outcome: "error", why: result.error };
  if (typeof result.value !== "boolean") return { outcome: "error", why: "it is neither true nor false" };
  return result.value ? holds : fails;
}

/** CEL's functions get no context, and an evaluation is never interrupted. */
let tagsNow: readonly ResourceTag[] = [];

let language: Cel | undefined;

function languageOf(cel: Cel): Cel {
  language ??= cel.extend((library) => [...tagMethods(library), ...otherMethods(library)]);
  return language;
}

type Library = Parameters<Parameters<Cel["extend"]>[0]>[0];
type Functions = ReturnType<Parameters<Cel["extend"]>[0]>;

/** Source: IAM documentation, "Attribute reference", "Resource tags". */
function tagMethods({ celMethod, mapType, CelScalar: { STRING, DYN, BOOL } }: Library): Functions {
  const resource = mapType(STRING, DYN);
  const two = (name: string, fits: (tag: ResourceTag, key: string, value: string) => boolean): Functions[number] =>
    celMethod(name, resource, [STRING, STRING], BOOL, (key, value) => tagsNow.some((tag) => fits(tag, key, value)));
  const one = (name: string, fits: (tag: ResourceTag, key: string) => boolean): Functions[number] =>
    celMethod(name, resource, [STRING], BOOL, (key) => tagsNow.some((tag) => fits(tag, key)));
  return [
    two("matchTag", (tag, key, value) => tag.key === key && tag.value === value),
    two("matchTagId", (tag, key, value) => tag.keyId === key && tag.valueId === value),
    one("hasTagKey", (tag, key) => tag.key === key),
    one("hasTagKeyId", (tag, key) => tag.keyId === key),
  ];
}

/** What IAM adds to CEL for attributes that Cloud Run does not provide: it parses, and cannot be evaluated. */
function otherMethods({ celMethod, mapType, listType, CelScalar: { STRING, DYN, BOOL } }: Library): Functions {
  const fail = (what: string) => (): never => {
    throw new Error(`${what} is not provided for this resource`);
  };
  return [
    celMethod("getAttribute", mapType(STRING, DYN), [STRING, DYN], DYN, fail("api.getAttribute")),
    celMethod("hasOnly", listType(DYN), [listType(DYN)], BOOL, fail("hasOnly")),
  ];
}

/** How deep brackets are nested, those in texts counted too: more than there is does no harm. */
function depthOf(expression: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of expression) {
    if ("([{".includes(character)) deepest = Math.max(deepest, (depth += 1));
    else if (")]}".includes(character)) depth -= 1;
  }
  return deepest;
}
