import * as fc from "fast-check";

/**
 * Any code point but halves of surrogate pairs, as the unit of `fc.string`: what `"binary"` gives, without the table of a million
 * entries that fast-check makes for it first.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10f7ff })
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));
