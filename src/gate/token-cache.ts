import type { KeyObject } from "node:crypto";
import type { VerifiedToken } from "./verify-token.ts";
import { verifyToken } from "./verify-token.ts";
import type { GateView } from "./view.ts";

/** Tokens in one of the two generations that are kept. */
const generationSize = 100;

interface KeptToken {
  readonly token: string;
  readonly verified: VerifiedToken;
  /** The world's when its key was last looked up. */
  readonly revision: number;
}

/**
 * {@link verifyToken} with memory, as the signature costs more than all other rules together. Only tokens that verified are
 * kept. When the world changes, a kept token's key must still be there and be the same.
 */
export function createTokenVerifier(view: GateView): (token: string) => VerifiedToken | string {
  const verificationKey = (kid: string): KeyObject | undefined => view.verificationKey(kid);
  // Tokens in use move to the young generation; when it is full, it becomes the old one, and the old one goes as a whole.
  let young = new Map<number, KeptToken>();
  let old = new Map<number, KeptToken>();
  return (token) => {
    const place = placeOf(token);
    const recent = young.get(place);
    if (recent?.token === token && recent.revision === view.revision) return recent.verified;
    const kept = recent ?? old.get(place);
    const verified =
      kept?.token === token && isSameKey(kept.verified, view) ? kept.verified : verifyToken(token, verificationKey);
    if (typeof verified === "string") return verified;
    if (young.size >= generationSize) {
      old = young;
      young = new Map();
    }
    young.set(place, { token, verified, revision: view.revision });
    return verified;
  };
}

function isSameKey({ kid, key }: VerifiedToken, view: GateView): boolean {
  return view.verificationKey(kid)?.equals(key) ?? false;
}

/** Tokens differ near the end, in their signatures: to hash a whole token takes longer than to compare it. */
function placeOf(token: string): number {
  let place = 0;
  for (let index = Math.max(0, token.length - 8); index < token.length - 3; index += 1) {
    place = (place << 6) ^ token.charCodeAt(index);
  }
  return place;
}
