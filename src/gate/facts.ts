/** What a rule rests on: Google's own source, its documentation, observations of the real service, or a guess. */
export type Grade = "source" | "documented" | "observed" | "guess";

/** Something about Google that the gate or the emulated APIs act on. */
export interface Fact {
  readonly grade: Grade;
  /** What is held to be so: one sentence. */
  readonly says: string;
  /** Where it is published; for a guess, why it was chosen. */
  readonly source: string;
  /** The switch that turns a guess into another one. */
  readonly switch?: { readonly name: SwitchName; readonly default: boolean | number };
}

/** Names of the gate's options that stand for guesses. */
export type SwitchName =
  | "acceptAdcClient"
  | "acceptAudiencePath"
  | "acceptOtherAddress"
  | "acceptUserWithoutEmail"
  | "clockSkewMs"
  | "denyIfUnevaluable";

/** The name of a fact, as it stands in a trace. */
export type FactName =
  | "unknown-host"
  | "host"
  | "reserved-path"
  | "healthz"
  | "ingress"
  | "default-address"
  | "invoker-check-disabled"
  | "credential"
  | "malformed-credential"
  | "bare-scheme"
  | "token"
  | "lifetime-order"
  | "longest-lifetime"
  | "expiry"
  | "clock-skew"
  | "audience"
  | "custom-audience"
  | "tag-audience"
  | "other-address"
  | "audience-path"
  | "gcloud-client"
  | "client-of-account"
  | "adc-client"
  | "unknown-account"
  | "inactive-account"
  | "user-without-email"
  | "principal"
  | "permission"
  | "condition"
  | "deny-policy"
  | "unevaluable-denial"
  | "signature-removed"
  | "local-audience"
  | "fault";

/** Everything that a step of the gate may rest on. */
export const facts: Readonly<Record<FactName, Fact>> = {
  "unknown-host": fact(
    "documented",
    "A host of no service is answered 404 by Google's front end.",
    "Cloud Run documentation, Troubleshooting: 404",
  ),
  host: fact(
    "documented",
    "A service is served at each of its run.app addresses and those of its tags.",
    "Cloud Run documentation, Service URLs",
  ),
  "reserved-path": fact(
    "documented",
    "Some paths never reach a service.",
    "Cloud Run documentation, Known issues: Reserved URL paths",
  ),
  healthz: fact(
    "observed",
    "/healthz never reaches a service.",
    "reports of others; the documentation says only: some paths that end with z",
  ),
  ingress: fact(
    "documented",
    "What the ingress setting does not let in is answered 404.",
    "Cloud Run documentation, Restrict network ingress",
  ),
  "default-address": fact(
    "documented",
    "A disabled default address is answered 404.",
    "Cloud Run documentation, Disable the default URL",
  ),
  "invoker-check-disabled": fact(
    "documented",
    "Without the invoker check everyone may call.",
    "Cloud Run documentation, Allow public access",
  ),
  credential: fact(
    "documented",
    "A token comes in Authorization or X-Serverless-Authorization; the second counts where both are there.",
    "Cloud Run documentation, Service-to-service authentication",
  ),
  "malformed-credential": fact(
    "documented",
    "Several authorization headers, or none with a bearer token in it, are a credential that cannot be verified.",
    "Cloud Run documentation, Troubleshooting: Client is not authenticated properly",
  ),
  "bare-scheme": fact(
    "guess",
    "Bearer with no token behind it cannot be verified.",
    "it is neither an empty header nor a malformed token, on which there is documentation",
  ),
  token: fact(
    "documented",
    "A token must be an ID token that Google signed.",
    "Cloud Run documentation, Service-to-service authentication",
  ),
  "lifetime-order": fact(
    "source",
    "A token that expires before it is issued is none.",
    "google-auth-library for Python and for Node.js",
  ),
  "longest-lifetime": fact(
    "guess",
    "A token that lives longer than a day is refused.",
    "google-auth-library for Node.js does so; Google issues none",
  ),
  expiry: fact(
    "documented",
    "An expired token is refused.",
    "Cloud Run documentation, Service-to-service authentication",
  ),
  "clock-skew": fact(
    "guess",
    "A token may be ahead of the front end's clock by a few seconds.",
    "Cloud Run's own tolerance is not published",
    { name: "clockSkewMs", default: 5000 },
  ),
  audience: fact(
    "documented",
    "The audience is the address of the service, with one trailing slash or none.",
    "Cloud Run documentation, Service-to-service authentication",
  ),
  "custom-audience": fact(
    "documented",
    "A custom audience counts to the letter.",
    "Cloud Run documentation, Custom audiences",
  ),
  "tag-audience": fact(
    "documented",
    "The address of a tag is no audience.",
    "Cloud Run documentation, Service-to-service authentication",
  ),
  "other-address": fact(
    "guess",
    "One address of a service is an audience at its other addresses too.",
    "the documentation speaks of the service's run.app URL, of which there are two",
    { name: "acceptOtherAddress", default: true },
  ),
  "audience-path": fact(
    "guess",
    "An address with a path behind it is no audience.",
    "advised against for run.app, yet the default of push subscriptions and task queues",
    { name: "acceptAudiencePath", default: false },
  ),
  "gcloud-client": fact(
    "documented",
    "Tokens that gcloud prints for a person count at every service.",
    "Cloud Run documentation, Authenticate developers",
  ),
  "client-of-account": fact(
    "guess",
    "Google's OAuth clients count for people only.",
    "no service account gets such a token in the ordinary way",
  ),
  "adc-client": fact(
    "guess",
    "Tokens of a person's Application Default Credentials are refused.",
    "the Java library says they do not work, two reports say they do",
    { name: "acceptAdcClient", default: false },
  ),
  "unknown-account": fact(
    "guess",
    "A token whose sub is no account cannot be verified: 401.",
    "nothing is published; the account may have been deleted",
  ),
  "inactive-account": fact(
    "guess",
    "A deleted or disabled account cannot be verified: 401.",
    "Google's APIs say ACCOUNT_STATE_INVALID; Cloud Run's own answer is not published",
  ),
  "user-without-email": fact(
    "guess",
    "A person's token without the claim email cannot be verified: 401.",
    "gcloud always asks for the scope; nothing is published",
    { name: "acceptUserWithoutEmail", default: false },
  ),
  principal: fact(
    "documented",
    "The account is found by sub; service accounts need no email claim.",
    "Cloud Run documentation, Service-to-service authentication",
  ),
  permission: fact(
    "documented",
    "Whoever holds run.routes.invoke on the service or above it may call.",
    "IAM documentation, Allow policies",
  ),
  condition: fact(
    "documented",
    "A binding under a condition counts while the condition holds; one that cannot be evaluated does not.",
    "IAM documentation, Overview of IAM Conditions",
  ),
  "deny-policy": fact("documented", "Deny rules come before all that grants.", "IAM documentation, Deny policies"),
  "unevaluable-denial": fact(
    "guess",
    "A deny rule applies whose condition cannot be evaluated.",
    "the documentation says so, google/iam/v2/deny.proto the opposite",
    { name: "denyIfUnevaluable", default: true },
  ),
  "signature-removed": fact(
    "documented",
    "A service gets X-Serverless-Authorization, and gcloud's tokens for people, without the signature.",
    "Cloud Run documentation, Troubleshooting: Identity token signature redacted by Google",
  ),
  "local-audience": fact(
    "guess",
    "The address on this machine is an audience there.",
    "a rule of the emulator's own: Google has no such address",
  ),
  fault: fact(
    "guess",
    "What fails behind the gate fails after it has let the request through.",
    "Google publishes the statuses, neither their texts nor their order: chosen so that refusals stay refusals",
  ),
};

function fact(grade: Grade, says: string, source: string, by?: Fact["switch"]): Fact {
  return { grade, says, source, ...(by ? { switch: by } : {}) };
}
