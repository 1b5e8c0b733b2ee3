import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../core/clock.ts";
import { signingKeyKind } from "./records.ts";
import type { SigningKeyRecord } from "./records.ts";
import type { Store } from "./store.ts";

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

/** Two, since Google's overlap, too. Made once a process and shared by its worlds, unless they have kept others. */
let processKeys: Promise<readonly KeyPair[]> | undefined;

/** Key pairs of this process by id, so that none is read from its record twice. */
const keyPairs = new Map<string, KeyPair>();

/** How long a key is published after it has signed for the last time: twice a token's life, in milliseconds. */
const overlapMs = 7_200_000;

/** The keys that sign a world's ID tokens. */
export interface SigningKeys {
  /** Those that are published, the signing one first. */
  list(): Promise<readonly KeyPair[]>;
  /** Makes the next key the signing one. The others stay as long as a token that they signed can be good. */
  rotate(): Promise<void>;
  /** The public half of a key. One that is not made yet has signed nothing. */
  verificationKey(kid: string): KeyObject | undefined;
}

export function createSigningKeys(store: Store, clock: Clock): SigningKeys {
  let filling: Promise<unknown> | undefined;

  async function keep(pair: KeyPair): Promise<void> {
    keyPairs.set(pair.kid, pair);
    const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await store.put(signingKeyKind, pair.kid, { kid: pair.kid, createdMs: clock.nowMs(), privateKey });
  }

  async function fill(): Promise<void> {
    processKeys ??= Promise.all([createKeyPair(kidPrefix), createKeyPair(kidPrefix)]);
    await Promise.all((await processKeys).map(keep));
  }

  return {
    list: async () => {
      if (store.list(signingKeyKind).length === 0) await (filling ??= fill());
      return store.list(signingKeyKind).map(toKeyPair).toReversed();
    },
    rotate: async () => {
      await keep(await createKeyPair(kidPrefix));
      const records = store.list(signingKeyKind);
      // A key signed until the next one came.
      const old = records.filter((_record, at) => clock.nowMs() - (records[at + 1]?.createdMs ?? Infinity) > overlapMs);
      await Promise.all(old.map(({ kid }) => store.delete(signingKeyKind, kid)));
    },
    verificationKey: (kid) => {
      const record = store.get(signingKeyKind, kid)?.value;
      return record && toKeyPair(record).publicKey;
    },
  };
}

function toKeyPair({ kid, privateKey: pem }: SigningKeyRecord): KeyPair {
  const known = keyPairs.get(kid);
  if (known) return known;
  const pair = { kid, privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) };
  keyPairs.set(kid, pair);
  return pair;
}
