import { verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readClaims } from "./claims.ts";
import type { Claims } from "./claims.ts";
import { quote } from "./steps.ts";

/** A token that Google signed, with what its validity hangs on besides the time. */
export interface VerifiedToken {
  readonly kid: string;
  readonly key: KeyObject;
  readonly claims: Claims;
}

/**
 * Verifies everything about a token that does not change with time, service or policy: form, algorithm, key, signature, and
 * that its claims are those of a Google ID token. RS256 only, and the key comes from nowhere but `verificationKey`.
 * Source: RFC 7515 §5.2, RFC 8725 §3.
 *
 * @returns the token, or in words why it is none. No part of the token is in the words.
 */
export function verifyToken(
  token: string,
  verificationKey: (kid: string) => KeyObject | undefined,
): VerifiedToken | string {
  const headerEnd = token.indexOf(".");
  const payloadEnd = token.lastIndexOf(".");
  const header = headerEnd < payloadEnd ? readHeader(token.slice(0, headerEnd)) : undefined;
  if (!header) return /[\s,]/.test(token) ? "there is more than one token" : "it is no JWT, so no ID token";
  // RFC 7515 §4.1.11: who does not understand an extension must refuse it, and none is understood here.
  if (header.crit !== undefined) return "it asks for extensions (crit)";
  if (header.alg !== "RS256") return "its algorithm is not RS256";
  if (typeof header.kid !== "string") return "it does not name a key (kid)";
  const key = verificationKey(header.kid);
  if (!key) return `Google has no key with kid ${quote(header.kid)}`;
  const encodedSignature = token.slice(payloadEnd + 1);
  if (encodedSignature === "SIGNATURE_REMOVED_BY_GOOGLE") {
    return "Google removed its signature when a service received it";
  }
  const signature = Buffer.from(encodedSignature, "base64url");
  if (!isOnlySpelling(encodedSignature, signature)) return "its signature is not spelt as base64url";
  // The signature is over the text itself: no other spelling of header or payload has the same.
  const content = Buffer.from(token.slice(0, payloadEnd), "utf8");
  if (!verify("sha256", content, key, signature)) return "its signature does not fit its content and the key";
  const payload = decodeObject(token.slice(headerEnd + 1, payloadEnd));
  if (!payload) return "its claims are no JSON object";
  const claims = readClaims(payload);
  return typeof claims === "string" ? claims : { kid: header.kid, key, claims };
}

/** The one right spelling only: no other characters, no padding, and bits that are left at the end are zero. RFC 4648 §3.5. */
function isOnlySpelling(text: string, decoded: Buffer): boolean {
  // Decoding passes over foreign characters, which leaves less than the length promises, and takes those of plain Base64.
  if (decoded.length !== Math.floor((text.length * 3) / 4) || text.includes("+") || text.includes("/")) return false;
  switch (text.length % 4) {
    case 0:
      return true;
    case 2:
      return "AQgw".includes(text.slice(-1));
    case 3:
      return "AEIMQUYcgkosw048".includes(text.slice(-1));
    default:
      return false;
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Google signs with two or three keys at a time, so nearly all headers are spelt alike: the last one is kept. */
let lastHeader: { readonly encoded: string; readonly decoded: JsonObject | undefined } | undefined;

function readHeader(encoded: string): JsonObject | undefined {
  if (lastHeader?.encoded !== encoded) lastHeader = { encoded, decoded: decodeObject(encoded) };
  return lastHeader.decoded;
}

function decodeObject(encoded: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, "base64url").toString("utf8"));
    return value instanceof Object ? (value as JsonObject) : undefined;
  } catch {
    return undefined; // not JSON: not a JWT
  }
}
