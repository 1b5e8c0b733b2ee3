import { timeMethodNames } from "../google/cel-time.ts";
import type { CelExpression, CelNode } from "../google/cel.ts";

/** Types as far as conditions need them. `dyn` may be anything, and is decided when it is evaluated. */
type Type =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "timestamp"
  | "duration"
  | "list"
  | "map"
  | "null_type"
  | "dyn";

/** An overload: argument types, a method's own object first, then the result. */
type Signature = readonly [...Type[], Type];

/** Attributes that a condition may name. Source: IAM documentation, "Attribute reference for IAM Conditions". */
const attributes: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
  request: { time: "timestamp", path: "string", host: "string", auth: "dyn" },
  resource: { name: "string", type: "string", service: "string" },
  destination: { ip: "string", port: "int" },
};

const numbers: readonly Type[] = ["int", "uint", "double"];
const ordered: readonly Type[] = [...numbers, "bool", "string", "bytes", "timestamp", "duration"];
const comparison = ordered.map((type): Signature => [type, type, "bool"]);
const arithmetic = numbers.map((type): Signature => [type, type, type]);

const operators: Readonly<Record<string, readonly Signature[]>> = {
  "_&&_": [["bool", "bool", "bool"]],
  "_||_": [["bool", "bool", "bool"]],
  "!_": [["bool", "bool"]],
  "_<_": comparison,
  "_<=_": comparison,
  "_>_": comparison,
  "_>=_": comparison,
  "_+_": [
    ...arithmetic,
    ["string", "string", "string"],
    ["list", "list", "list"],
    ["timestamp", "duration", "timestamp"],
    ["duration", "timestamp", "timestamp"],
    ["duration", "duration", "duration"],
  ],
  "_-_": [
    ...arithmetic,
    ["timestamp", "timestamp", "duration"],
    ["timestamp", "duration", "timestamp"],
    ["duration", "duration", "duration"],
  ],
  "_*_": arithmetic,
  "_/_": arithmetic,
  "_%_": arithmetic,
  "-_": [
    ["int", "int"],
    ["double", "double"],
  ],
  "_[_]": [
    ["list", "int", "dyn"],
    ["map", "dyn", "dyn"],
  ],
  "@in": [
    ["dyn", "list", "bool"],
    ["dyn", "map", "bool"],
  ],
};

const functions: Readonly<Record<string, readonly Signature[]>> = {
  timestamp: [
    ["string", "timestamp"],
    ["timestamp", "timestamp"],
    ["int", "timestamp"],
  ],
  duration: [
    ["string", "duration"],
    ["duration", "duration"],
  ],
  size: [
    ["string", "int"],
    ["list", "int"],
    ["map", "int"],
  ],
  string: ["int", "uint", "double", "string", "timestamp", "duration"].map((type) => [type as Type, "string"]),
  int: ["int", "uint", "double", "string", "timestamp"].map((type) => [type as Type, "int"]),
};

const methods: Readonly<Record<string, readonly Signature[]>> = {
  ...Object.fromEntries(
    timeMethodNames.map((name): [string, readonly Signature[]] => [
      name,
      [
        ["timestamp", "int"],
        ["timestamp", "string", "int"],
        ...(/Hours|Minutes|econds/.test(name) ? [["duration", "int"] as const] : []),
      ],
    ]),
  ),
  startsWith: [["string", "string", "bool"]],
  endsWith: [["string", "string", "bool"]],
  contains: [["string", "string", "bool"]],
  matches: [["string", "string", "bool"]],
  extract: [["string", "string", "string"]],
  size: functions["size"] ?? [],
  hasOnly: [["list", "list", "bool"]],
};

/** Methods of `resource`: whether it, or a resource above it, has a tag. */
const tagMethods: Readonly<Record<string, number>> = { matchTag: 2, matchTagId: 2, hasTagKey: 1, hasTagKeyId: 1 };

/** Source: IAM documentation, "Quotas and limits": logical operators in the expression of a role binding's condition. */
const maxLogicalOperators = 12;

/**
 * Checks an expression as a compiler of CEL does: every name is known, every function fits its arguments, and all of it is true
 * or false. Loops (`all`, `exists`, `map` …) are not among what IAM documents.
 *
 * @returns `undefined`, or in CEL's words what is wrong.
 */
export function checkCondition({ parsed: { expr, sourceInfo } }: CelExpression, text: string): string | undefined {
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  let logicalOperators = 0;
  const failures: string[] = [];

  function fail(node: CelNode, what: string): "dyn" {
    const offset = sourceInfo?.positions[String(node.id)] ?? 0;
    const line = lineStarts.findLastIndex((start) => start <= offset);
    failures.push(`ERROR: <expression>:${line + 1}:${offset - (lineStarts[line] ?? 0) + 1}: ${what}`);
    return "dyn";
  }

  function typeOf(node: CelNode): Type {
    const { exprKind } = node;
    switch (exprKind.case) {
      case "constExpr":
        return constantTypes[exprKind.value.constantKind.case ?? ""] ?? "dyn";
      case "identExpr":
        return fail(node, `undeclared reference to '${exprKind.value.name}' (in container '')`);
      case "selectExpr":
        return typeOfSelect(node, exprKind.value.operand, exprKind.value.field, exprKind.value.testOnly);
      case "listExpr":
        exprKind.value.elements.forEach(typeOf);
        return "list";
      case "structExpr":
        for (const { keyKind, value } of exprKind.value.entries) {
          if (keyKind.case !== "mapKey") return fail(node, "messages are not supported");
          typeOf(keyKind.value);
          if (value) typeOf(value);
        }
        return "map";
      case "callExpr":
        return typeOfCall(node, exprKind.value.function, exprKind.value.target, exprKind.value.args);
      default:
        return fail(node, "comprehensions are not supported");
    }
  }

  function typeOfSelect(node: CelNode, operand: CelNode | undefined, field: string, isTest: boolean): Type {
    const variable = operand && nameOf(operand);
    const fields = variable === undefined ? undefined : lookUp(attributes, variable);
    const type = fields && lookUp(fields, field);
    if (type) return isTest ? "bool" : type;
    if (fields) return fail(node, `undefined field '${field}'`);
    if (!operand) return fail(node, `undefined field '${field}'`);
    const owner = typeOf(operand);
    if (owner !== "dyn" && owner !== "map") return fail(node, `type '${owner}' does not support field selection`);
    return isTest ? "bool" : "dyn";
  }

  function typeOfCall(node: CelNode, name: string, target: CelNode | undefined, args: readonly CelNode[]): Type {
    if (name === "_&&_" || name === "_||_") logicalOperators += 1;
    const owner = target && nameOf(target);
    const types = args.map(typeOf);
    if (owner === "resource" && Object.hasOwn(tagMethods, name)) {
      const fits = types.length === tagMethods[name] && types.every((type) => type === "string" || type === "dyn");
      return fits ? "bool" : noOverload(node, name, ["resource" as Type, ...types]);
    }
    if (owner === "api" && name === "getAttribute") {
      return types.length === 2 && types[0] === "string" ? "dyn" : noOverload(node, name, types);
    }
    if (target) types.unshift(typeOf(target));
    if (name === "_==_" || name === "_!=_") {
      const [left = "dyn", right = "dyn"] = types;
      return fitsType(left, right) || fitsType(right, left) ? "bool" : noOverload(node, name, types);
    }
    if (name === "_?_:_") {
      const [test = "dyn", yes = "dyn", no = "dyn"] = types;
      return fitsType(test, "bool") && (yes === no || yes === "dyn" || no === "dyn")
        ? yes
        : noOverload(node, name, types);
    }
    const overloads = lookUp(target ? methods : { ...operators, ...functions }, name);
    if (!overloads) return fail(node, `undeclared reference to '${name}' (in container '')`);
    const fitting = overloads.filter(
      (overload) =>
        overload.length === types.length + 1 && types.every((type, index) => fitsType(type, overload[index] ?? "dyn")),
    );
    const [first] = fitting;
    if (!first) return noOverload(node, name, types);
    const result = first.at(-1) as Type;
    return fitting.every((overload) => overload.at(-1) === result) ? result : "dyn";
  }

  function noOverload(node: CelNode, name: string, types: readonly Type[]): "dyn" {
    return fail(node, `found no matching overload for '${name}' applied to '(${types.join(", ")})'`);
  }

  const type = typeOf(expr);
  if (failures.length > 0) return failures[0];
  if (type !== "bool" && type !== "dyn") return `the expression must be a bool, but is of type ${type}`;
  if (logicalOperators > maxLogicalOperators) {
    return `the expression has ${logicalOperators} logical operators, but the maximum is ${maxLogicalOperators}`;
  }
  return undefined;
}

/**
 * Checks that an expression fits a deny rule: only tags count there. Source: google/iam/v2/deny.proto, `denial_condition`.
 *
 * @returns `undefined`, or in words what is wrong.
 */
export function checkDenialCondition({ parsed: { expr } }: CelExpression): string | undefined {
  const find = ({ exprKind }: CelNode): string | undefined => {
    if (exprKind.case === "constExpr") return undefined;
    if (exprKind.case !== "callExpr") return "only functions that evaluate resource tags are supported";
    const { function: name, target, args } = exprKind.value;
    const isTag = Object.hasOwn(tagMethods, name) && target && nameOf(target) === "resource";
    if (!isTag && !["_&&_", "_||_", "!_"].includes(name)) {
      return `'${name}' is not supported: only functions that evaluate resource tags are`;
    }
    return args.map(find).find((each) => each !== undefined);
  };
  return find(expr);
}

const constantTypes: Readonly<Record<string, Type>> = {
  boolValue: "bool",
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  stringValue: "string",
  bytesValue: "bytes",
  nullValue: "null_type",
};

function fitsType(type: Type, wanted: Type): boolean {
  return type === wanted || type === "dyn" || wanted === "dyn";
}

function nameOf({ exprKind }: CelNode): string | undefined {
  return exprKind.case === "identExpr" ? exprKind.value.name : undefined;
}

/** Names come from whoever writes a policy: `constructor` is none of ours. */
function lookUp<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
