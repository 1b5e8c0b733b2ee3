/**
 * The JSON Schema of `runpass.yaml` and its references, from the schemas by which the emulator and the proxy read the file. What
 * a member means is written once, in the comment on the member of the type.
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import { loadWorldSchemas } from "../src/emulator/world/world-schema.ts";
import { loadProxySchema } from "../src/proxy/proxy-section.ts";

interface JsonSchema {
  title?: string;
  description?: string;
  type?: string;
  enum?: readonly string[];
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
}

/** Comments of interfaces' members, as `Interface.member`, and which interfaces an interface extends. */
function readComments(): { comments: Map<string, string>; parents: Map<string, readonly string[]> } {
  const comments = new Map<string, string>();
  const parents = new Map<string, readonly string[]>();
  const root = path.join(import.meta.dirname, "..", "src");
  for (const source of globSync("{emulator,emulator/world,gate,google,proxy}/*.ts", { cwd: root })) {
    const text = readFileSync(path.join(root, source), "utf8");
    for (const [, name = "", bases = "", body = ""] of text.matchAll(
      /^export interface (\w+)(?: extends ([\w, ]+))? \{\n([^]*?)^\}/gm,
    )) {
      parents.set(
        name,
        bases
          .split(",")
          .map((base) => base.trim())
          .filter(Boolean),
      );
      for (const [, comment = "", member = ""] of body.matchAll(/^ {2}\/\*\*([^]*?)\*\/\n {2}readonly (\w+)\??:/gm)) {
        comments.set(`${name}.${member}`, comment.replace(/\s*\n\s*\*\s*/g, " ").replace(/^\s*\*?\s*|\s+$/g, ""));
      }
    }
  }
  return { comments, parents };
}

const { file } = await loadWorldSchemas();
const { document } = await loadProxySchema();

/** The JSON Schema, with the comments as descriptions. */
export function fileJsonSchema(): JsonSchema {
  const { comments, parents } = readComments();
  const commentOn = (name: string, member: string): string | undefined =>
    comments.get(`${name}.${member}`) ??
    parents
      .get(name)
      ?.map((parent) => commentOn(parent, member))
      .find((found) => found !== undefined);
  const describe = (schema: JsonSchema): void => {
    const { title = "", properties = {} } = schema;
    for (const [member, part] of Object.entries(properties)) {
      const comment = commentOn(title, member);
      if (comment !== undefined) part.description = comment;
      describe(part);
    }
    if (schema.items) describe(schema.items);
    for (const part of schema.anyOf ?? []) describe(part);
    if (typeof schema.additionalProperties === "object") describe(schema.additionalProperties);
  };
  const schema = structuredClone(toJsonSchema(file)) as JsonSchema;
  Object.assign(schema.properties!["proxy"]!, (toJsonSchema(document) as JsonSchema).properties?.["proxy"]);
  describe(schema);
  return { ...schema, title: "runpass.yaml" };
}

/** The whole file but the section `proxy`, as Markdown. */
export function worldReference(): string[] {
  const { properties: { proxy: _proxy, ...properties } = {}, ...schema } = fileJsonSchema();
  return referenceOf({ ...schema, properties });
}

/** The section `proxy`. */
export function proxyReference(): string[] {
  return referenceOf(fileJsonSchema().properties?.["proxy"] ?? {});
}

/** One table an object, in the order in which they are met. */
function referenceOf(root: JsonSchema): string[] {
  const tables = new Map<string, string[]>();
  const visit = (schema: JsonSchema): void => {
    const { title, properties } = schema;
    if (title !== undefined && properties && !tables.has(title)) {
      const rows = Object.entries(properties).map(([name, part]) => {
        const need = schema.required?.includes(name) ? "yes" : "";
        return `| \`${name}\` | ${typeOf(part)} | ${need} | ${(part.description ?? "").replaceAll("|", "\\|")} |`;
      });
      tables.set(title, [`### ${title}`, "", "| member | type | needed | meaning |", "| - | - | - | - |", ...rows, ""]);
    }
    for (const part of Object.values(properties ?? {})) visit(part);
    if (schema.items) visit(schema.items);
    for (const part of schema.anyOf ?? []) visit(part);
  };
  visit(root);
  return [...tables.values()].flat();
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.properties && schema.title !== undefined) return `[${schema.title}](#${schema.title.toLowerCase()})`;
  return schema.type === "object" ? "text by key" : schema.type === "string" ? "text" : (schema.type ?? "anything");
}
