import type { Credential } from "../credentials/credential.ts";
import type { NetworkOptions } from "../http/network.ts";

/** What an ID token is asked for. */
export interface IdTokenRequest {
  readonly credential: Credential;
  /** Must be given where the token's principal can choose: with a service account's key, and with impersonation. */
  readonly audience?: string | undefined;
  /** E-mails or unique ids of service accounts: delegates first, the account to be last. */
  readonly impersonate?: readonly string[] | undefined;
  /** Whether an impersonated account's token carries its e-mail. Default false. */
  readonly includeEmail?: boolean | undefined;
  /** What the context's `fetch` was made with: tokens got on one way are not used on another. */
  readonly network?: NetworkOptions | undefined;
  /** Whether stored tokens may be used, and new ones stored. Default true. */
  readonly cache?: boolean | undefined;
}
