import type { Clock } from "../../core/clock.ts";
import type { GateOptions } from "../../gate/gate.ts";
import type { SigningKeys } from "../keys.ts";
import type { AccountRecord, ProjectRecord, UserRecord } from "./records.ts";
import type { Store } from "./store.ts";
import type { Chance } from "../trouble/rough.ts";

/** Everything that an emulator knows at a moment: one store, and the time. */
export interface State {
  readonly store: Store;
  /** The store as those see it who decide: changed policies reach them later. */
  readonly seen: Store;
  readonly chance: Chance;
  readonly clock: Clock;
  /** The world's switches for what Google does not publish. */
  readonly facts: GateOptions;
  readonly keys: SigningKeys;
  /** A project by its id or number. */
  findProject(idOrNumber: string): ProjectRecord | undefined;
  /** A user by e-mail. */
  findUser(email: string): UserRecord | undefined;
  /** A service account by e-mail or unique id; of several that had an e-mail, the one that has it now. */
  findAccount(emailOrId: string): AccountRecord | undefined;
  /** The refresh token that a user has given an OAuth client at the start: a login that has happened already. */
  refreshTokenFor(email: string, clientId: string): Promise<string>;
}
