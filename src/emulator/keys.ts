import { createHash, createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../core/clock.ts";
import { signingKeyKind } from "./state/records.ts";
import type { SigningKeyRecord } from "./state/records.ts";
import type { Store } from "./state/store.ts";

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

/** How long clients may keep the published keys: what `max-age` says. */
export const keysMaxAgeMs = 21_600_000;

/** How long after its last signature a key must still be there: an ID token's hour, and what clocks may differ. */
const afterlifeMs = 3_900_000;

/** What a rotation has begun. */
export interface KeyRotation {
  /** The new key. */
  readonly kid: string;
  /** When it begins to sign, and the one before it ends. RFC 3339, the emulator's time. */
  readonly signsFrom: string;
}

/** The keys that sign a world's ID tokens. */
export interface SigningKeys {
  /** Those that are published, the signing one first. */
  list(): Promise<readonly KeyPair[]>;
  /** The public half of a published key. One that is not made yet has signed nothing. */
  verificationKey(kid: string): KeyObject | undefined;
  /**
   * Publishes a new key, which signs once clients that keep keys know it; the one before it stays until its last token has ended.
   *
   * @param leadMs How long it is published before it signs. Default: {@link keysMaxAgeMs}; with less, clients that keep keys
   * will not know it.
   */
  rotate(leadMs?: number): Promise<KeyRotation>;
}

export function createSigningKeys(store: Store, clock: Clock): SigningKeys {
  let filling: Promise<unknown> | undefined;

  async function published(): Promise<readonly SigningKeyRecord[]> {
    if (store.list(signingKeyKind).length === 0) await (filling ??= fill(store));
    return store.list(signingKeyKind).filter(isPublished);
  }

  function isPublished({ publishedUntilMs = Number.POSITIVE_INFINITY }: SigningKeyRecord): boolean {
    return clock.nowMs() < publishedUntilMs;
  }

  return {
    list: async () => {
      const newestFirst = (await published()).toReversed();
      const signing = newestFirst.find(({ signsFromMs = 0 }) => signsFromMs <= clock.nowMs()) ?? newestFirst.at(-1);
      const others = newestFirst.filter((record) => record !== signing);
      return (signing ? [signing, ...others] : others).map(toKeyPair);
    },
    verificationKey: (kid) => {
      const record = store.get(signingKeyKind, kid)?.value;
      return record && isPublished(record) ? toKeyPair(record).publicKey : undefined;
    },
    rotate: async (leadMs = keysMaxAgeMs) => {
      const pair = await createKeyPair(kidPrefix);
      const known = await published();
      const last = known.at(-1);
      const signsFromMs = Math.max(clock.nowMs(), last?.signsFromMs ?? 0) + leadMs;
      const ending = known
        .filter(({ publishedUntilMs }) => publishedUntilMs === undefined)
        .map((record) => ({ ...record, publishedUntilMs: signsFromMs + afterlifeMs }));
      const over = store.list(signingKeyKind).filter((record) => !isPublished(record));
      await Promise.all([
        ...over.map(({ kid }) => store.delete(signingKeyKind, kid)),
        ...ending.map((record) => store.put(signingKeyKind, record.kid, record)),
        keep(store, pair, { signsFromMs }),
      ]);
      return { kid: pair.kid, signsFrom: new Date(signsFromMs).toISOString() };
    },
  };
}

async function fill(store: Store): Promise<void> {
  processKeys ??= Promise.all([createKeyPair(kidPrefix), createKeyPair(kidPrefix)]);
  await Promise.all((await processKeys).map((pair) => keep(store, pair)));
}

async function keep(store: Store, pair: KeyPair, times: Pick<SigningKeyRecord, "signsFromMs"> = {}): Promise<void> {
  keyPairs.set(pair.kid, pair);
  const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await store.put(signingKeyKind, pair.kid, { kid: pair.kid, privateKey, ...times });
}

function toKeyPair({ kid, privateKey: pem }: SigningKeyRecord): KeyPair {
  const known = keyPairs.get(kid);
  if (known) return known;
  const pair = { kid, privateKey: createPrivateKey(pem), publicKey: createPublicKey(pem) };
  keyPairs.set(kid, pair);
  return pair;
}
