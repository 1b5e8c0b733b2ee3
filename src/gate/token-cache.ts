import type { KeyObject } from "node:crypto";
import type { VerifiedToken } from "./verify-token.ts";
import { verifyToken } from "./verify-token.ts";
import type { GateView } from "./view.ts";

/** Tokens in one of the two generations that are kept. */
const generationSize = 500;

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
  let young = new Map<string, KeptToken>();
  let old = new Map<string, KeptToken>();
  return (token) => {
    // Tokens differ at the end, in their signatures: to hash a whole token takes longer than to compare it.
    const ending = token.slice(-32);
    const recent = young.get(ending);
    if (recent?.token === token && recent.revision === view.revision) return recent.verified;
    const kept = recent ?? old.get(ending);
    const verified =
      kept?.token === token && isSameKey(kept.verified, view) ? kept.verified : verifyToken(token, verificationKey);
    if (typeof verified === "string") return verified;
    if (young.size >= generationSize) {
      old = young;
      young = new Map();
    }
    young.set(ending, { token, verified, revision: view.revision });
    return verified;
  };
}

function isSameKey({ kid, key }: VerifiedToken, view: GateView): boolean {
  return view.verificationKey(kid)?.equals(key) ?? false;
}
