import { toSnakeCase } from "./field-names.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/**
 * What every API of Google's takes beside its own parameters: a method that a client cannot send itself, and how much of the
 * answer it wants. Source: Google Cloud APIs, "System parameters".
 */

/**
 * The call that a client means which can send no more than POST: Java's for PATCH, and Python's for addresses that are too
 * long, with the query as a form then.
 */
export function readMethodOverride(call: ApiCall): ApiCall {
  const wanted = call.headers["x-http-method-override"] ?? call.query.get("$httpMethod") ?? undefined;
  if (wanted === undefined || call.method !== "POST") return call;
  const method = wanted.toUpperCase();
  const isForm = call.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  if (method !== "GET" || !isForm) return { ...call, method };
  const query = new URLSearchParams([...call.query, ...new URLSearchParams(call.body.toString("utf8"))]);
  return { ...call, method, query, body: Buffer.alloc(0) };
}

/** Leaves out of an answer what `fields` does not name, and its spaces where `prettyPrint` is off. */
export function shapeAnswer({ query, headers }: ApiCall, answer: ApiAnswer): ApiAnswer {
  const fields = query.get("fields") ?? query.get("$fields") ?? headers["x-goog-fieldmask"] ?? "";
  const isCompact = /^(?:false|0)$/i.test(query.get("prettyPrint") ?? query.get("$prettyPrint") ?? "");
  const isChosen = fields !== "" && answer.status === 200;
  return {
    ...answer,
    ...(isChosen ? { body: select(answer.body, parseSelection(fields)) } : {}),
    ...(isCompact ? { isCompact } : {}),
  };
}

/** What to keep of an object by name; an empty one keeps all below. */
type Selection = Map<string, Selection>;

/** Reads `a,b/c,d(e,f.g)`. */
function parseSelection(text: string): Selection {
  const tokens = text.match(/[^\s,/.()]+|[,/.()]/g) ?? [];
  let at = 0;
  function readGroup(into: Selection): void {
    while (at < tokens.length && tokens[at] !== ")") {
      if (tokens[at] === ",") at += 1;
      else readPath(into);
    }
    at += 1;
  }
  function readPath(into: Selection): void {
    let selection = into;
    for (;;) {
      const name = tokens[at++] as string;
      const known = selection.get(name) ?? (new Map() as Selection);
      selection.set(name, known);
      selection = known;
      const next = tokens[at];
      if (next === "(") {
        at += 1;
        return readGroup(selection);
      }
      if (next !== "/" && next !== ".") return;
      at += 1;
    }
  }
  const all: Selection = new Map();
  while (at < tokens.length) readGroup(all);
  return all;
}

function select(value: unknown, selection: Selection): unknown {
  if (Array.isArray(value)) return value.map((item) => select(item, selection));
  if (typeof value !== "object" || value === null || selection.size === 0) return value;
  const kept = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const below = selection.get(name) ?? selection.get(toSnakeCase(name)) ?? selection.get("*");
    return below ? [[name, select(member, below)]] : [];
  });
  return Object.fromEntries(kept);
}
