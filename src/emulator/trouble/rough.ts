import { troubleKind } from "../state/records.ts";
import type { Store } from "../state/store.ts";
import { createRandom } from "./random.ts";

/** How long a policy takes at most in rough mode, in seconds, unless the world says more. */
const longestPropagationSeconds = 3;
/** One token in so many is signed by a new key. */
const tokensPerKey = 3;

/** What happens by chance: much of it in rough mode, little without. */
export interface Chance {
  /** How long the policy that is written now takes to reach those who decide by it, in milliseconds. */
  propagationMs(): number;
  /** Whether the key that signs is to be replaced before the next token. */
  rotatesKey(): boolean;
  /** The same JSON with its members in another order: nobody may count on it. */
  reorder(value: unknown): unknown;
  /** Whether something happens that happens with this probability. */
  happens(share: number): boolean;
}

/** The chance of a world, by the trouble that its store holds at the moment. A changed seed starts a new series. */
export function createChance(store: Store): Chance {
  let seed: number | undefined;
  let random = createRandom(0);

  function rough(): boolean {
    const wanted = store.get(troubleKind, "trouble")?.value.rough?.seed;
    if (wanted !== seed) {
      seed = wanted;
      random = createRandom(wanted ?? 0);
    }
    return wanted !== undefined;
  }

  function reorder(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(reorder);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value as Record<string, unknown>).map(([name, member]) => ({
      name,
      member,
      at: random(),
    }));
    members.sort((left, right) => left.at - right.at);
    return Object.fromEntries(members.map(({ name, member }) => [name, reorder(member)]));
  }

  return {
    propagationMs: () => {
      const seconds = store.get(troubleKind, "trouble")?.value.propagationSeconds;
      return 1000 * (rough() ? random() * (seconds ?? longestPropagationSeconds) : (seconds ?? 0));
    },
    rotatesKey: () => rough() && random() * tokensPerKey < 1,
    reorder: (value) => (rough() ? reorder(value) : value),
    happens: (share) => {
      rough();
      return share >= 1 || random() < share;
    },
  };
}
