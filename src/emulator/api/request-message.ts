import { badRequest } from "../../google/status.ts";
import { toCamelCase, toSnakeCase } from "./field-names.ts";
import { ApiFailure } from "./route.ts";

/** The type of a field in a request. `any` is not looked into; a list of one type is a repeated field. */
export type FieldType = "string" | "bool" | "int32" | "bytes" | "any" | Message | readonly [FieldType];

/** The fields of a message, named as in JSON. */
export interface Message {
  readonly [name: string]: FieldType;
}

type Body = Readonly<Record<string, unknown>>;
type Violation = { readonly field?: string; readonly description: string };
type Scalar = "string" | "bool" | "int32" | "bytes";

const described = "Invalid JSON payload received.";

/** @throws {ApiFailure} `INVALID_ARGUMENT` for what is no JSON object. */
export function parseJsonBody(body: Buffer): Body {
  const text = body.toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const isCut = /^\s*[[{]/.test(text) && !/[\]}]\s*$/.test(text);
    const fault = isCut ? "Unexpected end of string." : "Unexpected token.";
    throw refusal([{ description: `${described} ${fault}\n${text.slice(0, 60).trimEnd()}\n^` }]);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Body;
  throw refusal([{ description: `${described} Unknown name "": Root element must be a message.` }]);
}

/**
 * Reads a request as Google's JSON transcoding does: names in either spelling, `null` as if it were not there, numbers and
 * booleans as text too, and one value where a list is expected. All that is wrong is told at once.
 * Sources: Protocol Buffers' documentation, "ProtoJSON Format"; its sources util/internal/proto_writer.cc, for the texts too.
 *
 * @throws {ApiFailure} `INVALID_ARGUMENT`, with google.rpc.BadRequest.
 */
export function readMessage(body: Body, message: Message): Body {
  const violations: Violation[] = [];
  const read = readFields(body, message, "", violations);
  if (violations.length > 0) throw refusal(violations);
  return read;
}

/** A field that a message does not have. @param path Of the message: `service`. */
export function unknownField(name: string, path: string): ApiFailure {
  return refusal([unknownName(name, path, "Cannot find field.")]);
}

/** A value with the names of fields as JSON has them, however they were spelt. The keys of `maps` are no names of fields. */
export function withJsonNames(value: unknown, maps: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withJsonNames(item, maps));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const name = toCamelCase(key);
      return [name, maps.includes(name) ? member : withJsonNames(member, maps)];
    }),
  );
}

function readFields(body: Body, message: Message, path: string, violations: Violation[]): Body {
  const names = new Map(Object.keys(message).flatMap((name) => [name, toSnakeCase(name)].map((key) => [key, name])));
  const read: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    const name = names.get(key);
    const type = name === undefined ? undefined : message[name];
    if (name === undefined || type === undefined) {
      violations.push(unknownName(key, path, "Cannot find field."));
      continue;
    }
    const field = value === null ? undefined : readField(value, type, { key, path, violations });
    if (field !== undefined) read[name] = field;
  }
  return read;
}

interface Place {
  readonly key: string;
  /** Of the message around it. */
  readonly path: string;
  readonly violations: Violation[];
}

/** @returns `undefined` for what is wrong, after saying so. */
function readField(value: unknown, type: FieldType, place: Place): unknown {
  const { key, path, violations } = place;
  if (type === "any") return value;
  if (isRepeated(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item, index) => readField(item, type[0], { ...place, key: `${key}[${index}]` }));
  }
  if (Array.isArray(value)) {
    violations.push(unknownName(key, path, "Proto field is not repeating, cannot start list."));
    return undefined;
  }
  const field = path === "" ? toSnakeCase(key) : `${path}.${toSnakeCase(key)}`;
  if (typeof type === "object") {
    if (typeof value === "object" && value !== null) return readFields(value as Body, type, field, violations);
    violations.push({ field, description: `Invalid value at '${field}', ${JSON.stringify(value)}` });
    return undefined;
  }
  if (typeof value === "object") {
    violations.push({ field, description: `Invalid value at '${field}' (TYPE_${type.toUpperCase()}), null` });
    return undefined;
  }
  const read = readScalar[type](value);
  if (read !== undefined) return read;
  const fault = type === "bytes" && typeof value === "string" ? "Base64 decoding failed for " : "";
  const description = `Invalid value at '${field}' (TYPE_${type.toUpperCase()}), ${fault}${JSON.stringify(value)}`;
  violations.push({ field, description });
  return undefined;
}

const readScalar: Readonly<Record<Scalar, (value: unknown) => string | boolean | number | undefined>> = {
  string: (value) => (typeof value === "string" ? value : undefined),
  // Google's own Python library sends its booleans as text.
  bool: (value) =>
    value === true || value === "true" ? true : value === false || value === "false" ? false : undefined,
  int32: (value) => {
    const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
    return typeof number === "number" && Number.isInteger(number) && Math.abs(number) < 2 ** 31 ? number : undefined;
  },
  // The two alphabets of Base64, padded or not.
  bytes: (value) => (typeof value === "string" && /^[\w+/-]*={0,2}$/.test(value) ? value : undefined),
};

function isRepeated(type: FieldType): type is readonly [FieldType] {
  return Array.isArray(type);
}

function unknownName(name: string, path: string, fault: string): Violation {
  const at = path === "" ? "" : ` at '${path}'`;
  return { ...(path === "" ? {} : { field: path }), description: `${described} Unknown name "${name}"${at}: ${fault}` };
}

function refusal(violations: readonly Violation[]): ApiFailure {
  const message = violations.map(({ description }) => description).join("\n");
  return new ApiFailure("INVALID_ARGUMENT", message, [badRequest(violations)]);
}
