import { createPrivateKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createKeyPair } from "./keys.ts";
import { accountKeyKind, accountSigningKeyKind } from "./state/records.ts";
import type { AccountRecord } from "./state/records.ts";
import type { State } from "./state/state.ts";
import type { Store } from "./state/store.ts";

const hourMs = 3_600_000;

/** How long Google signs with one of its own keys of an account. Source: IAM documentation, "Google-managed key pairs". */
const signingMs = 14 * 24 * hourMs;
/** How long such a key is published after that. Source: IAM Credentials, `signJwt`: at least twelve hours. */
const afterlifeMs = 12 * hourMs;

/** The key by which Google signs for an account that asks for it. */
export interface AccountSigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
}

/** Keys in the making, so that those who ask at once get the same. */
const making = new WeakMap<Store, Map<string, Promise<AccountSigningKey>>>();

/** Google's own key of an account, made when it is first needed and again every two weeks. Its public half is published. */
export function findSigningKey(state: State, account: AccountRecord): Promise<AccountSigningKey> {
  const nowMs = state.clock.nowMs();
  const known = state.store.list(accountSigningKeyKind).find(({ kid, account: owner, signsUntilMs }) => {
    return owner === account.uniqueId && nowMs < signsUntilMs && state.store.get(accountKeyKind, kid);
  });
  if (known) return Promise.resolve({ kid: known.kid, privateKey: createPrivateKey(known.privateKey) });
  let ofStore = making.get(state.store);
  if (!ofStore) making.set(state.store, (ofStore = new Map<string, Promise<AccountSigningKey>>()));
  let made = ofStore.get(account.uniqueId);
  if (!made) {
    made = makeSigningKey(state, account).finally(() => ofStore.delete(account.uniqueId));
    ofStore.set(account.uniqueId, made);
  }
  return made;
}

async function makeSigningKey({ store, clock }: State, account: AccountRecord): Promise<AccountSigningKey> {
  const { kid, privateKey, publicKey } = await createKeyPair();
  const nowMs = clock.nowMs();
  const over = store.list(accountSigningKeyKind).filter((each) => {
    return each.account === account.uniqueId && each.signsUntilMs <= nowMs;
  });
  await Promise.all([
    ...over.map((each) => store.delete(accountSigningKeyKind, each.kid)),
    store.put(accountSigningKeyKind, kid, {
      kid,
      account: account.uniqueId,
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      signsUntilMs: nowMs + signingMs,
    }),
    store.put(accountKeyKind, kid, {
      id: kid,
      account: account.uniqueId,
      publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      validAfterMs: nowMs,
      validBeforeMs: nowMs + signingMs + afterlifeMs,
      isSystemManaged: true,
    }),
  ]);
  return { kid, privateKey };
}
