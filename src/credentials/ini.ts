/** Sections and keys in lower case, values without surrounding space. */
export type IniSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Parses the INI files that gcloud writes by Python's `configparser`: `[section]`, `key = value` or `key: value`, comments
 * with `#` or `;`, and longer values on further, indented lines.
 *
 * @param onStrayLine Told the number, from 1, of a line that is none of these; it is passed over.
 */
export function parseIni(text: string, onStrayLine: (lineNumber: number) => void): IniSections {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith(";")) continue;
    if (/^\s/.test(line) && section && key !== undefined) {
      section.set(key, `${section.get(key)}\n${trimmed}`.trim());
      continue;
    }
    const [, name] = /^\[([^\]]+)\]$/.exec(trimmed) ?? [];
    if (name !== undefined) {
      section = sections.get(name.toLowerCase()) ?? new Map();
      sections.set(name.toLowerCase(), section);
      key = undefined;
      continue;
    }
    const at = trimmed.search(/[=:]/);
    if (at < 1 || !section) {
      onStrayLine(index + 1);
      key = undefined;
      continue;
    }
    key = trimmed.slice(0, at).trim().toLowerCase();
    section.set(key, trimmed.slice(at + 1).trim());
  }
  return sections;
}
