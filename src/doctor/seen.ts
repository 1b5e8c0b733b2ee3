import type { Effective } from "../access/effective.ts";
import type { IdToken } from "../tokens/id-tokens.ts";
import type { Identity } from "./credential-link.ts";
import type { LiveCall } from "./call-link.ts";
import type { Finding } from "./finding.ts";
import type { Hop } from "./impersonation-link.ts";
import type { Policies } from "./policy-link.ts";
import type { Place } from "./service-links.ts";
import type { Walk } from "./walk.ts";

/** Everything that was seen on the way, for the verdict. */
export interface Seen extends Identity, Place {
  readonly walk: Walk;
  readonly findings: readonly Finding[];
  readonly policies?: Policies | undefined;
  /** What policies say of the call itself. */
  readonly effective?: Effective | undefined;
  /** What the call carried. */
  readonly token?: IdToken | undefined;
  /** Steps to the account of `--as`. */
  readonly hops: readonly Hop[];
  readonly live?: LiveCall | undefined;
}
