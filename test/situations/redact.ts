/** Replaces what belongs to one project or run, so that two runs can be compared and one can be published. */
export interface Redaction {
  /** From now on `name` stands for `value`. */
  add(value: string, name: string): void;
  /** Whatever else looks like a token, an e-mail, an etag or a long number goes too. */
  redact(text: string): string;
}

export function createRedaction(known: readonly (readonly [value: string, name: string])[]): Redaction {
  const names = new Map(known);
  return {
    add: (value, name) => void names.set(value, name),
    redact: (text) =>
      // Longest first, so that no part of a name is left.
      [...names]
        .toSorted(([left], [right]) => right.length - left.length)
        .reduce((result, [value, name]) => result.replaceAll(value, name), text)
        .replace(/\beyJ[\w.-]+|\bya29\.[\w.-]+|\b1\/\/[\w-]+/g, "TOKEN")
        .replace(/[\w.+-]+@[\w-]+\.[\w.-]*\w/g, "EMAIL")
        .replace(/("etag":\s*")(?!ACAB")[^"]+/g, "$1ETAG")
        .replace(/(_withcond_)[0-9a-f]{20}/g, "$1HASH")
        .replace(/\b\d{9,21}\b/g, "NUMBER"),
  };
}

/** JSON in one form: neither its spaces nor the order of its members mean anything. */
export function normalise(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return text.trim();
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
