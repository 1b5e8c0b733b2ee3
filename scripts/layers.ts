/**
 * The rule of the house, checked: every arrow points down, rooms in one row do not know each other, a room uses only the npm
 * packages and `node:` modules that its line allows, and no files import each other in a circle.
 *
 *     node scripts/layers.ts [SOURCE_DIR]
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync, Visitor } from "rolldown/utils";

interface Room {
  readonly row: number;
  /** Rooms in lower rows that this one must do without all the same. */
  readonly not?: readonly string[];
  /** Rooms of the same row that it may use. */
  readonly also?: readonly string[];
  /** npm packages. Default: none. */
  readonly npm?: readonly string[];
  /** `node:` modules without the prefix. Default: all. */
  readonly node?: readonly string[];
}

const rooms: Readonly<Record<string, Room>> = {
  core: { row: 0, npm: ["@noble/hashes"], node: ["fs", "sqlite"] },
  google: { row: 1, npm: ["@bufbuild/cel", "@bufbuild/protobuf"], node: [] },
  http: { row: 1, npm: ["socks"] },
  config: { row: 1, npm: ["valibot", "yaml"], node: [] },
  credentials: { row: 2, npm: ["google-auth-library"] },
  run: { row: 2, node: [] },
  access: { row: 2, node: ["timers/promises"] },
  tokens: { row: 3, npm: ["jose"] },
  // The gate decides by its own code, so that everything else can be judged by it.
  gate: { row: 3, not: ["http", "credentials", "run", "access"], node: ["crypto"] },
  proxy: { row: 4 },
  // The emulator must not use the client, else it would test itself.
  emulator: {
    row: 4,
    not: ["tokens", "credentials", "run", "access"],
    npm: ["yaml"],
  },
  doctor: { row: 4 },
  console: { row: 4 },
  testing: { row: 4, also: ["emulator"], not: ["tokens", "credentials", "run", "access"] },
  cli: { row: 5, npm: ["commander", "jsonc-parser", "smol-toml"] },
  // Files directly in src: what the package exports as `runpass`.
  ".": { row: 5, not: ["proxy", "emulator", "doctor", "console", "testing"] },
};

const sourceDir = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "..", "src"));
const imports = new Map(globSync("**/*.ts", { cwd: sourceDir }).map((file) => [file, importsOf(file)]));
const violations = [...[...imports].flatMap(([file, found]) => violationsOf(file, found)), ...findCircles()];
for (const violation of violations.sort()) console.error(violation);
if (violations.length > 0) process.exitCode = 1;

function violationsOf(file: string, found: readonly Import[]): string[] {
  const name = roomOf(path.join(sourceDir, file));
  const room = rooms[name];
  if (!room) return [`${file}: there is no room ${name}/; add it to the table in scripts/layers.ts`];
  const isTest = file.endsWith(".test.ts");
  return found.flatMap(({ specifier }) => {
    const target = targetOf(file, specifier);
    const isOurs = specifier.startsWith(".") && target.startsWith(sourceDir + path.sep);
    if (isTest && !isOurs) return []; // tests may use any package, and what test/support/ has for them
    const reason = specifier.startsWith(".")
      ? whyNotRoom(name, room, roomOf(target))
      : whyNotPackage(name, room, specifier);
    return reason === undefined ? [] : [`${file}: imports ${specifier}, but ${reason}`];
  });
}

/** Types count too. What `import()` loads may know whoever loads it: it is not there before it is asked for. */
function findCircles(): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) {
      const circle = [...way.slice(way.indexOf(file)), file].join(" > ");
      circles.push(`${circle}: a circle, but arrows have one direction: what two files need is a file of its own`);
    } else if (!done.has(file)) {
      for (const { specifier, isLazy } of imports.get(file) ?? []) {
        if (specifier.startsWith(".") && !isLazy)
          follow(path.relative(sourceDir, targetOf(file, specifier)), [...way, file]);
      }
      done.add(file);
    }
  };
  for (const file of imports.keys()) follow(file, []);
  return circles;
}

function targetOf(file: string, specifier: string): string {
  return path.resolve(sourceDir, path.dirname(file), specifier);
}

function roomOf(absolutePath: string): string {
  const [first = ".", ...rest] = path.relative(sourceDir, absolutePath).split(path.sep);
  return rest.length === 0 ? "." : first;
}

function whyNotRoom(name: string, room: Room, targetName: string): string | undefined {
  const target = rooms[targetName];
  if (!target) return `${targetName} is no room`;
  if (name === targetName || room.also?.includes(targetName)) return undefined;
  if (room.not?.includes(targetName)) return `${name}/ must do without ${targetName}/`;
  if (target.row === room.row) return `${name}/ and ${targetName}/ are in one row: what both need moves down`;
  if (target.row > room.row) return `${targetName}/ is above ${name}/: arrows point down`;
  return undefined;
}

function whyNotPackage(name: string, room: Room, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    const allowed = room.node?.includes(specifier.slice("node:".length)) ?? true;
    return allowed ? undefined : `${name}/ must do without ${specifier}`;
  }
  const packageName = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return room.npm?.includes(packageName) ? undefined : `${name}/ must do without the package ${packageName}`;
}

interface Import {
  readonly specifier: string;
  readonly isLazy: boolean;
}

/** Everything that a file imports, re-exports or loads, types included. */
function importsOf(file: string): readonly Import[] {
  const { program, errors } = parseSync(file, readFileSync(path.join(sourceDir, file), "utf8"));
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const found: Import[] = [];
  const add = (node: { readonly type: string; readonly value?: unknown } | null, isLazy = false): void => {
    if (node === null) return;
    if (typeof node.value !== "string") throw new Error(`${file} imports something that is no plain string`);
    found.push({ specifier: node.value, isLazy });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source, true),
    TSImportType: (node) => add(node.source),
    CallExpression: ({ callee, arguments: [argument] }) => {
      const isLoader =
        callee.type === "MemberExpression" &&
        callee.property.type === "Identifier" &&
        callee.property.name === "getBuiltinModule";
      if (isLoader && argument) add(argument);
    },
  }).visit(program);
  return found;
}
