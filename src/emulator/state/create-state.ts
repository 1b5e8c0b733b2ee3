import type { Clock } from "../../core/clock.ts";
import type { GateOptions } from "../../gate/gate.ts";
import { gcloudClientId } from "../../google/oauth.ts";
import { fillStore } from "./fill-store.ts";
import { newRefreshToken } from "../issue-tokens.ts";
import { createSigningKeys } from "../keys.ts";
import { grantKind } from "./oauth-records.ts";
import { accountKind, projectKind, userKind, worldKind } from "./records.ts";
import type { UserRecord } from "./records.ts";
import type { State } from "./state.ts";
import { createStore } from "./store.ts";
import type { Store } from "./store.ts";
import { createLateStore } from "../trouble/late-store.ts";
import { createChance } from "../trouble/rough.ts";
import type { World } from "../world/world.ts";

/**
 * What a store holds; one that is new is filled with the world first.
 *
 * @throws {RunpassError} `invalid_argument` when the world does not hold together.
 */
export function createState(world: World, clock: Clock, base: Store = createStore()): State {
  if (!base.get(worldKind, "world")) fillStore(base, world, clock.nowMs());
  const chance = createChance(base);
  const { store, seen } = createLateStore(base, clock, chance.propagationMs);
  const findUser = (email: string): UserRecord | undefined => store.get(userKind, email.toLowerCase())?.value;
  return {
    store,
    seen,
    chance,
    clock,
    keys: createSigningKeys(store, clock),
    get facts() {
      return store.get(worldKind, "world")?.value.facts ?? noSwitches;
    },
    findUser,
    findProject: (idOrNumber) =>
      store.get(projectKind, idOrNumber)?.value ?? store.list(projectKind).find(({ number }) => number === idOrNumber),
    findAccount: (emailOrId) => {
      const byId = store.get(accountKind, emailOrId);
      if (byId) return byId.value;
      const email = emailOrId.toLowerCase();
      const accounts = store.list(accountKind).filter((account) => account.email === email);
      return accounts.find(({ state }) => state !== "deleted") ?? accounts.at(-1);
    },
    refreshTokenFor: async (email, clientId) => {
      const subject = findUser(email)?.subject;
      if (subject === undefined) throw new TypeError(`the world has no user ${email}`);
      const known = store
        .entries(grantKind)
        .find(([, grant]) => grant.subject === subject && grant.clientId === clientId);
      if (known) return known[0];
      const token = newRefreshToken();
      await store.put(grantKind, token, { subject, clientId, scopes: loginScopes(clientId) });
      return token;
    },
  };
}

const noSwitches: GateOptions = {};

/** What gcloud asks for when it logs a user in, and what it asks for application-default credentials. Source: gcloud, `core/config.py`. */
function loginScopes(clientId: string): readonly string[] {
  const names = ["userinfo.email", "cloud-platform", "sqlservice.login"];
  const more = clientId === gcloudClientId ? ["appengine.admin", "compute"] : [];
  return ["openid", ...[...names, ...more].map((name) => `https://www.googleapis.com/auth/${name}`)];
}
