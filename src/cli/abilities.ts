import type { Credential } from "../credentials/credential.ts";

/** Something that an identity can do or cannot. */
export interface Ability {
  readonly what: "choose an audience" | "carry an e-mail" | "impersonate" | "call Google's APIs";
  readonly answer: "yes" | "no" | "on request";
  /** One clause: how, or why not and what to do instead. */
  readonly reason: string;
}

/** What the tokens of an identity can be, and what else it can do. @param impersonates Whether it acts as a service account. */
export function abilitiesOf(credential: Credential, impersonates: boolean): readonly Ability[] {
  const { kind, givesAccessToken } = credential;
  const opensApis = givesAccessToken
    ? { answer: "yes", reason: "with an access token of its own" }
    : { answer: "no", reason: "an ID token opens none: name services by their URL" };
  return [
    { what: "choose an audience", ...audience(credential, impersonates) },
    { what: "carry an e-mail", ...email(credential, impersonates) },
    {
      what: "impersonate",
      ...(givesAccessToken
        ? { answer: "yes", reason: `whatever service account lets it: ${grantHint(credential)}` }
        : {
            answer: "no",
            reason: `it takes an access token, which ${kind === "id_token" ? "an ID token" : kind} does not give`,
          }),
    },
    { what: "call Google's APIs", ...opensApis },
  ] as readonly Ability[];
}

type Answer = Pick<Ability, "answer" | "reason">;

function audience({ kind, canChooseAudience, givesIdToken, oauthClientId }: Credential, impersonates: boolean): Answer {
  if (impersonates || canChooseAudience) return { answer: "yes", reason: "a service account's token can be for any" };
  if (!givesIdToken)
    return { answer: "no", reason: "it has no ID token of its own: act as a service account, with --as" };
  if (kind === "id_token") return { answer: "no", reason: "the token is made out already" };
  const client = oauthClientId === undefined ? "the OAuth client that they logged in with" : oauthClientId;
  return { answer: "no", reason: `a user's token is always for ${client}: act as a service account, with --as` };
}

function email({ kind, givesIdToken }: Credential, impersonates: boolean): Answer {
  if (impersonates) return { answer: "on request", reason: "with --include-email" };
  if (!givesIdToken) return { answer: "no", reason: "it has no ID token of its own" };
  switch (kind) {
    case "impersonated_service_account":
    case "external_account":
      return { answer: "on request", reason: "with --include-email" };
    case "id_token":
      return { answer: "no", reason: "unless it is in the token already" };
    default:
      return { answer: "yes", reason: "always" };
  }
}

function grantHint({ member }: Credential): string {
  return `runpass grant ACCOUNT${member === undefined ? "" : ` --to ${member}`}`;
}
