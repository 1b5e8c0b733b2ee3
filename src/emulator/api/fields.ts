import { invalidRequest } from "../run/write-service.ts";

/** Reads members of a request's body; what has another type than it must have is Google's `INVALID_ARGUMENT`. */

export type Body = Readonly<Record<string, unknown>>;

/** @returns an empty object for what is absent. */
export function readObject(value: unknown, field: string): Body {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw wrongType(field, "an object");
  return value as Body;
}

/** @returns an empty list for what is absent. */
export function readList(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(field, "a list");
  return value;
}

/** @returns `undefined` for what is absent or empty. */
export function readText(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw wrongType(field, "a string");
  return value;
}

export function readFlag(value: unknown, field: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw wrongType(field, "true or false");
  return value;
}

/** @returns 0 for what is absent. */
export function readCount(value: unknown, field: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== "number") throw wrongType(field, "a number");
  return value;
}

export function readTexts(value: unknown, field: string): Record<string, string> {
  const entries = Object.entries(readObject(value, field)).map(([key, member]): [string, string] => {
    if (typeof member !== "string") throw wrongType(`${field}[${key}]`, "a string");
    return [key, member];
  });
  return Object.fromEntries(entries);
}

function wrongType(field: string, type: string): Error {
  return invalidRequest([{ field, description: `must be ${type}` }]);
}
