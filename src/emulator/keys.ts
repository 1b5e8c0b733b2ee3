import { createHash, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";

/** An RSA key pair with the id by which tokens name it. */
export interface KeyPair {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const generate = promisify(generateKeyPair);

/** Makes an RSA key pair in the thread pool: it takes about a tenth of a second, and nobody else waits for it. */
export async function createKeyPair(kidPrefix = ""): Promise<KeyPair> {
  const { privateKey, publicKey } = await generate("rsa", { modulusLength: 2048 });
  const digest = createHash("sha256").update(publicKey.export({ type: "spki", format: "der" }));
  return { kid: kidPrefix + digest.digest("hex").slice(0, 40), privateKey, publicKey };
}

/** The keys that stand for Google's. Their ids say whose they are, so that nobody takes their tokens for real ones. */
const kidPrefix = "emulator-";

let googleKeys: Promise<readonly KeyPair[]> | undefined;
const publicKeys = new Map<string, KeyObject>();

/**
 * The keys that sign ID tokens, the signing one first. Two, since Google's overlap, too. Made once a process and shared by its
 * emulators.
 */
export function googleSigningKeys(): Promise<readonly KeyPair[]> {
  googleKeys ??= Promise.all([createKeyPair(kidPrefix), createKeyPair(kidPrefix)]).then((keys) => {
    for (const { kid, publicKey } of keys) publicKeys.set(kid, publicKey);
    return keys;
  });
  return googleKeys;
}

/** The public half of a signing key. A key that is not made yet has signed nothing. */
export function googleVerificationKey(kid: string): KeyObject | undefined {
  return publicKeys.get(kid);
}
