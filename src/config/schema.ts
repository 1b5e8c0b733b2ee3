import type * as Valibot from "valibot";

/** What a value from a file must be, for it to be a `T`. */
export type Schema<T> = Valibot.GenericSchema<unknown, T>;
type OptionalSchema<T> = Valibot.ExactOptionalSchema<Schema<T>, undefined>;
type IsOptional<T, K extends keyof T> = object extends Pick<T, K> ? true : false;

/** A schema for each member of `T`, none left out: a member that a type gets must be described before it compiles. */
type Members<T> = {
  readonly [K in keyof T]-?: IsOptional<T, K> extends true ? OptionalSchema<Exclude<T[K], undefined>> : Schema<T[K]>;
};

/** What schemas are made of. */
export interface SchemaKit {
  readonly text: Schema<string>;
  readonly number: Schema<number>;
  readonly flag: Schema<boolean>;
  readonly anything: Schema<unknown>;
  /** From `least` to `most`, both included. */
  wholeNumber(least: number, most: number): Schema<number>;
  /** @param what It must be, for the error. */
  textLike(pattern: RegExp, what: string): Schema<string>;
  oneOf<const T extends string>(...values: readonly T[]): Schema<T>;
  optional<T>(schema: Schema<T>): OptionalSchema<T>;
  listOf<T>(item: Schema<T>): Schema<readonly T[]>;
  mapOf<T>(value: Schema<T>): Schema<Readonly<Record<string, T>>>;
  eitherOf<A, B>(one: Schema<A>, other: Schema<B>): Schema<A | B>;
  /** @param name The type's, under which its members are documented. */
  objectOf<T>(name: string, members: Members<T>): Schema<T>;
  /** Everything in a value that does not fit, in no order. */
  findMismatches(schema: Schema<unknown>, value: unknown): readonly Mismatch[];
}

let kit: Promise<SchemaKit> | undefined;

/** Loads the library: only who reads a file pays for it. */
export function loadSchemaKit(): Promise<SchemaKit> {
  kit ??= import("valibot").then(createSchemaKit);
  return kit;
}

function createSchemaKit(v: typeof Valibot): SchemaKit {
  return {
    text: v.string(),
    number: v.number(),
    flag: v.boolean(),
    anything: v.unknown(),
    wholeNumber: (least, most) => {
      const what = `a whole number from ${least} to ${most} is expected`;
      return v.pipe(v.number(), v.integer(what), v.minValue(least, what), v.maxValue(most, what));
    },
    textLike: (pattern, what) => v.pipe(v.string(), v.regex(pattern, `${what} is expected`)),
    oneOf: (...values) => v.picklist(values),
    optional: (schema) => v.exactOptional(schema),
    listOf: (item) => v.array(item),
    mapOf: (value) => v.record(v.string(), value),
    eitherOf: (one, other) => v.union([one, other]),
    objectOf: <T>(name: string, members: Members<T>) =>
      v.pipe(v.strictObject(members as Valibot.ObjectEntries), v.title(name)) as unknown as Schema<T>,
    findMismatches: (schema, value) =>
      (v.safeParse(schema, value).issues ?? []).flatMap((issue) => toMismatches(schema, issue, [])),
  };
}

/** What does not fit a schema, and where. */
export interface Mismatch {
  /** Members and positions down to it; the last one is a member's own name where that is unknown. */
  readonly path: readonly (string | number)[];
  readonly isUnknownKey: boolean;
  readonly what: string;
  /** For an unknown key: the keys that its object may have. */
  readonly known: readonly string[];
}

function toMismatches(
  schema: Schema<unknown>,
  issue: Valibot.BaseIssue<unknown>,
  above: readonly (string | number)[],
): Mismatch[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  // Of the forms that a value may have, an object's tells most.
  const nested = issue.issues?.filter((each) => each.path !== undefined) ?? [];
  if (nested.length > 0) return nested.flatMap((each) => toMismatches(schema, each, path));
  const last = issue.path?.at(-1);
  if (last?.origin !== "key") {
    const received = describe(issue.received);
    const what =
      issue.kind === "validation"
        ? `${issue.message}, not ${received}`
        : `${describe(issue.expected)} is expected, not ${received}`;
    return [{ path, isUnknownKey: false, what, known: [] }];
  }
  const name = JSON.stringify(last.key);
  const object = path.slice(0, -1);
  return issue.expected === "never"
    ? [{ path, isUnknownKey: true, what: `unknown key ${name}`, known: keysAt(schema as Part, object) }]
    : [{ path: object, isUnknownKey: false, what: `${name} is missing`, known: [] }];
}

function describe(type: string | null): string {
  return (type ?? "nothing")
    .replaceAll('"', "")
    .replace(/^\((.*)\)$/, "$1")
    .replaceAll(" | ", " or ");
}

/** The parts of a schema that lead to those of its members. */
interface Part {
  readonly entries?: Readonly<Record<string, Part>>;
  readonly item?: Part;
  readonly wrapped?: Part;
  readonly options?: readonly Part[];
}

function keysAt(part: Part | undefined, path: readonly (string | number)[]): readonly string[] {
  if (part?.wrapped) return keysAt(part.wrapped, path);
  if (part?.options) return part.options.flatMap((option) => keysAt(option, path));
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(part?.entries ?? {});
  return keysAt(typeof first === "number" ? part?.item : part?.entries?.[first], rest);
}
