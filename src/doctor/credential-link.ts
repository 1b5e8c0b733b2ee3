import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import { passed, unknown } from "./finding.ts";
import type { Finding } from "./finding.ts";
import type { Walk } from "./walk.ts";

/** Who calls, as far as the credentials tell. */
export interface Identity {
  readonly credential?: Credential | undefined;
  readonly accessToken?: string | undefined;
  /** The caller in IAM's form. */
  readonly self?: string | undefined;
  /** Whom the service sees: the account of `--as`, else the caller. */
  readonly caller?: string | undefined;
}

/** Finds the credentials and asks for an access token: only what Google takes is good. */
export async function lookAtCredentials({ attempt, options }: Walk): Promise<Identity> {
  const credential = await attempt("credentials", options.credential);
  const accessToken = credential?.givesAccessToken ? await attempt("credentials", options.accessToken) : undefined;
  const self = credential && (await options.self().catch(orNobody));
  const account = options.impersonate?.at(-1);
  return { credential, accessToken, self, caller: account === undefined ? self : `serviceAccount:${account}` };
}

/** Asking who one is costs a token at times, and what is wrong with that is told of the token. */
function orNobody(error: unknown): undefined {
  if (!(error instanceof RunpassError)) throw error;
}

export function judgeCredentials({ failure }: Walk, { credential, self }: Identity): Finding {
  const found = failure("credentials");
  if (found) return found;
  if (!credential) return unknown("credentials", "they were not looked for");
  const whose = self === undefined ? "" : ` of ${self}`;
  return credential.givesAccessToken
    ? passed("credentials", `${credential.source}: Google takes those${whose}`)
    : passed("credentials", `${credential.source}: they open no API, so that neither service nor policies can be read`);
}
