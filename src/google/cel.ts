import type { CelFunc, CelInput, CelType, CelValue } from "@bufbuild/cel";
import { timeMethods } from "./cel-time.ts";

type Library = typeof import("@bufbuild/cel");

/** The evaluator of CEL, the language of IAM conditions and attribute mappings. Source: github.com/google/cel-spec. */
export interface Cel {
  /** @returns the expression, or in words what is wrong with it. */
  parse(expression: string): CelExpression | string;
  /** The same with further functions and methods. */
  extend(functions: (library: Library) => readonly CelFunc[]): Cel;
}

/** A CEL expression that has been parsed. */
export interface CelExpression {
  /** What the parser made of it. */
  readonly parsed: ReturnType<Library["parse"]>;
  /**
   * Evaluates it. Variables are plain values: records, lists, texts, numbers (CEL's double), bigints (CEL's int), booleans, and
   * `Date` for a timestamp.
   */
  evaluate(variables: Readonly<Record<string, unknown>>): CelOutcome;
}

/** A plain value (CEL's lists as arrays), or in words why there is none: a missing field, an operation on the wrong types. */
export type CelOutcome = { readonly value: unknown } | { readonly error: string };

/** A node of a parsed expression. */
export type CelNode = CelExpression["parsed"]["expr"];

/** How many parsed expressions are kept: parsing is slow, and there is no end to expressions. */
const mostKept = 1000;

let loading: Promise<Cel> | undefined;
let loaded: Cel | undefined;

/** Loads the evaluator on first use: it takes a tenth of a second, and most worlds hold no expression. */
export function loadCel(): Promise<Cel> {
  loading ??= createCel().then((cel) => (loaded = cel));
  return loading;
}

/** The evaluator where it has been loaded: for those who cannot wait. */
export function loadedCel(): Cel | undefined {
  return loaded;
}

async function createCel(): Promise<Cel> {
  const [cel, { strings }, { TimestampSchema, timestampFromDate }] = await Promise.all([
    import("@bufbuild/cel"),
    import("@bufbuild/cel/ext"),
    import("@bufbuild/protobuf/wkt"),
  ]);
  const { STRING } = cel.CelScalar;
  // Google's own addition to CEL's text functions.
  const extract = cel.celMethod("extract", STRING, [STRING], STRING, function (template) {
    return extractText(this, template);
  });
  const timestamp: CelType = cel.objectType(TimestampSchema);

  const toCel = (value: unknown): CelInput => {
    if (value instanceof Date) return timestampFromDate(value);
    if (Array.isArray(value)) return value.map(toCel);
    if (typeof value === "object" && value !== null) {
      return new Map(Object.entries(value).map(([name, member]) => [name, toCel(member)]));
    }
    return value as string | number | bigint | boolean | null;
  };
  const fromCel = (value: CelValue): unknown => (cel.isCelList(value) ? [...value].map(fromCel) : value);

  const withFunctions = (funcs: CelFunc[]): Cel => ({
    extend: (more) => withFunctions([...funcs, ...more(cel)]),
    parse: createParse(cel.celEnv({ funcs })),
  });

  /** Whatever functions an expression is then bound to; who is asked again and again, or by several, asks about the same ones. */
  const parsedTexts = new Map<string, CelExpression["parsed"]>();
  const parseText = (text: string): CelExpression["parsed"] => {
    let parsed = parsedTexts.get(text);
    if (!parsed) {
      parsed = cel.parse(text);
      if (parsedTexts.size >= mostKept) parsedTexts.clear();
      parsedTexts.set(text, parsed);
    }
    return parsed;
  };

  const createParse =
    (environment: ReturnType<typeof cel.celEnv>): Cel["parse"] =>
    (text) => {
      let parsed: CelExpression["parsed"];
      let evaluate: (bindings: Record<string, CelInput>) => ReturnType<typeof cel.run>;
      try {
        parsed = parseText(text);
        evaluate = cel.plan(environment, parsed);
      } catch (error) {
        return (error as Error).message;
      }
      return {
        parsed,
        evaluate: (variables) => {
          const bindings = Object.entries(variables).map(([name, value]) => [name, toCel(value)] as const);
          const result = evaluate(Object.fromEntries(bindings));
          return cel.isCelError(result) ? { error: result.message } : { value: fromCel(result) };
        },
      };
    };

  return withFunctions([...strings, extract, ...timeMethods(cel, timestamp)]);
}

/**
 * What stands where `{name}` stands in `before{name}after`; empty where the text does not hold both.
 * Source: IAM documentation, "Attribute reference for IAM Conditions".
 */
function extractText(text: string, template: string): string {
  const [, before, after] = /^([^{}]*)\{\w+\}([^{}]*)$/.exec(template) ?? [];
  if (before === undefined || after === undefined || !text.includes(before)) return "";
  const rest = text.slice(text.indexOf(before) + before.length);
  const end = after === "" ? rest.length : rest.indexOf(after);
  return rest.slice(0, Math.max(end, 0));
}
