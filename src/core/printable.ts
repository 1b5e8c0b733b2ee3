/** A text of somebody else's on one line and harmless on a terminal: control and formatting characters as `\u{…}`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
