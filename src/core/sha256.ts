import { sha256 } from "@noble/hashes/sha2.js";

/**
 * SHA-256 of a text, as 64 hexadecimal digits. Source: FIPS 180-4. Not by `node:crypto`: to load that takes longer than all the
 * rest of handing out a cached token.
 */
export function sha256Hex(text: string): string {
  return Buffer.from(sha256(Buffer.from(text))).toString("hex");
}
