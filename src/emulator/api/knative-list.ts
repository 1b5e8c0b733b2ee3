import { ApiFailure } from "./route.ts";

/** A Knative resource, as far as a list looks at it. */
export interface KnativeResource {
  readonly kind: string;
  readonly metadata: { readonly labels?: Readonly<Record<string, string>>; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

/**
 * A list in Kubernetes' manner: what `labelSelector` selects, and of it `limit` from where `continue` says.
 *
 * @param kind Of the resources: `Service`.
 * @throws {ApiFailure} `INVALID_ARGUMENT` for a `limit` or `continue` that is none.
 */
export function showKnativeList(kind: string, all: readonly KnativeResource[], query: URLSearchParams): object {
  const isSelected = parseSelector(query.get("labelSelector") ?? "");
  const selected = all.filter(({ metadata }) => isSelected(metadata.labels ?? {}));
  const start = readNumber(query, "continue");
  const limit = readNumber(query, "limit");
  const end = limit === 0 ? selected.length : start + limit;
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: `${kind}List`,
    metadata: end < selected.length ? { continue: String(end) } : {},
    items: selected.slice(start, end),
  };
}

function readNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name) || "0";
  if (!/^\d{1,9}$/.test(text)) throw new ApiFailure("INVALID_ARGUMENT", `Invalid ${name}: ${text}`);
  return Number(text);
}

/** Reads Kubernetes' `a = b, c!=d, e in (f, g), h notin (i), j, !k`. What it cannot read selects nothing. */
function parseSelector(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const terms = text.split(/,(?![^(]*\))/).filter((term) => term.trim() !== "");
  const tests = terms.map((term) => {
    const [, not, key = "", operator = "exists", value, values] =
      /^\s*(!?)\s*([^\s=!]+)\s*(?:(!=|==?|in(?=[\s(])|notin(?=[\s(]))\s*(?:([^\s=(]*)|\(([^)]*)\)))?\s*$/.exec(term) ??
      [];
    const wanted = (values ?? value ?? "").split(",").map((each) => each.trim());
    const isNegative = not === "!" || operator === "!=" || operator === "notin";
    return (labels: Readonly<Record<string, string>>): boolean => {
      if (key === "") return false;
      const label = labels[key];
      const isMet = operator === "exists" ? label !== undefined : label !== undefined && wanted.includes(label);
      return isMet !== isNegative;
    };
  });
  return (labels) => tests.every((test) => test(labels));
}
