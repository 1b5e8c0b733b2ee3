import { hasRole, mayInvoke } from "./naive-evaluator.ts";
import type { NaiveGroups, NaiveLevel } from "./naive-evaluator.ts";

/** A second opinion on whole calls, and on who could make one: audiences, ingress and accounts that are acted as. */

export interface NaiveWorld {
  /** The service and what is above it; denials on the service do not count. */
  readonly levels: readonly [NaiveLevel, NaiveLevel, NaiveLevel, NaiveLevel];
  readonly groups: NaiveGroups;
  readonly nowMs: number;
  /** Bindings on each account, by its member. */
  readonly accounts: Readonly<Record<string, NaiveLevel["bindings"]>>;
  readonly hasCustomAudience: boolean;
  readonly isInternal: boolean;
  readonly isOpen: boolean;
}

export interface NaiveCall {
  /** `user:…` */
  readonly self: string;
  /** Members, delegates first; empty to call as oneself. */
  readonly chain: readonly string[];
  readonly audience: "its own" | "custom" | "foreign";
}

/** What becomes of a call. */
export interface NaiveFate {
  readonly isServed: boolean;
  readonly mints: boolean;
  readonly fits: boolean;
  /** Whether policies let in whom the service sees. */
  readonly mayCall: boolean;
}

const passing = ["roles/iam.serviceAccountTokenCreator", "organizations/1000000000001/roles/acts"];
const minting = [...passing, "roles/iam.serviceAccountOpenIdTokenCreator", "organizations/1000000000001/roles/mints"];

export function fateOf(world: NaiveWorld, { self, chain, audience }: NaiveCall): NaiveFate {
  const isEverybody = world.isOpen || mayCallIn(world, undefined);
  const caller = chain.at(-1) ?? self;
  // A person's token is for gcloud, and another cannot be had.
  const mints =
    chain.length === 0
      ? audience === "its own"
      : chain.every((account, index) =>
          actsAs(world, chain[index - 1] ?? self, account, index === chain.length - 1 ? minting : passing),
        );
  const fits = audience === "its own" || (audience === "custom" && world.hasCustomAudience);
  const mayCall = mayCallIn(world, caller);
  // A deny rule may take from a known caller what everybody has.
  const isLetIn = mints && fits ? world.isOpen || mayCall : isEverybody;
  return { isServed: !world.isInternal && isLetIn, mints, fits, mayCall };
}

/** Whether somebody can call, by a token of its own or of an account that it can get to. */
export function canGetIn(world: NaiveWorld, member: string | undefined): boolean {
  if (world.isOpen || mayCallIn(world, undefined) || mayCallIn(world, member)) return true;
  if (member === undefined) return false;
  const reached = new Set([member]);
  for (const at of reached) {
    for (const account of Object.keys(world.accounts)) {
      if (actsAs(world, at, account, minting) && mayCallIn(world, account)) return true;
      if (actsAs(world, at, account, passing)) reached.add(account);
    }
  }
  return false;
}

function mayCallIn({ levels: [own, ...above], groups, nowMs }: NaiveWorld, member: string | undefined): boolean {
  return mayInvoke(member === undefined ? {} : { member }, [{ ...own, denials: [] }, ...above], groups, nowMs);
}

function actsAs(world: NaiveWorld, member: string, account: string, roles: readonly string[]): boolean {
  const [, ...above] = world.levels;
  const own = { bindings: world.accounts[account] ?? [], denials: [], tags: {} };
  return hasRole(roles, { member }, [own, ...above], world.groups, world.nowMs);
}
