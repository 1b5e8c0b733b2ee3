/** DER (ITU-T X.690), as far as certificates need it. Each function returns one value: its tag, its length, its contents. */

/** A value of any tag. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

/** Up to 127 in one byte; else the number of its bytes, and these (section 8.1.3). */
function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length];
  const bytes = bytesOf(length);
  return [0x80 | bytes.length, ...bytes];
}

/** A number in as few bytes as it takes, the highest first. */
function bytesOf(value: number): readonly number[] {
  return value < 0x100 ? [value] : [...bytesOf(Math.floor(value / 0x100)), value % 0x100];
}

export const sequence = (...items: readonly Uint8Array[]): Buffer => der(0x30, ...items);

export const set = (...items: readonly Uint8Array[]): Buffer => der(0x31, ...items);

/** A value that is wrapped in a tag of its context's own. */
export const explicit = (tag: number, ...items: readonly Uint8Array[]): Buffer => der(0xa0 | tag, ...items);

export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));

/** A positive number below 128, or the bytes of a longer one. */
export const integer = (value: number | Uint8Array): Buffer =>
  der(0x02, typeof value === "number" ? Buffer.from([value]) : value);

/** `unusedBits`: how many of the last byte do not count. */
export const bitString = (bytes: Uint8Array, unusedBits = 0): Buffer => der(0x03, Buffer.from([unusedBits]), bytes);

export const octetString = (bytes: Uint8Array): Buffer => der(0x04, bytes);

export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text));

/** An object identifier, from its numbers with dots between. The first two are told as one (section 8.19). */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** Seven bits a byte; all bytes but the last have the eighth set. */
function base128(value: number): readonly number[] {
  const high = Math.floor(value / 0x80);
  return [...(high === 0 ? [] : base128(high).map((byte) => byte | 0x80)), value % 0x80];
}

/** An instant, to the second. The year has two digits until 2049 (RFC 5280 section 4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+|\D/g, "");
  const isShort = digits >= "1950" && digits < "2050";
  return der(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`));
}
