import type { Credential, LookedAt } from "../credentials/credential.ts";
import { findCredential } from "../credentials/resolve.ts";
import { abilitiesOf } from "./abilities.ts";
import type { Ability } from "./abilities.ts";
import { alignColumns } from "./columns.ts";
import type { Invocation } from "./command-line/command.ts";
import type { FlagName } from "./command-line/flags.ts";
import type { Session } from "./session.ts";

/** A setting, and where its value came from. */
export interface Setting {
  readonly name: string;
  readonly value: string | null;
  /** A flag, a variable, a gcloud configuration, or `nowhere`. */
  readonly from: string;
}

/** How an identity came about. */
export interface Explanation {
  readonly settings: readonly Setting[];
  /** In the order in which they are looked for. */
  readonly credentials: readonly LookedAt[];
  readonly abilities: readonly Ability[];
}

/** Says where each value came from, every place where credentials were looked for, and what the identity can do. */
export async function explainIdentity(
  { settings }: Invocation,
  session: Session,
  credential: Credential,
): Promise<Explanation> {
  const { gcloud, impersonate } = session;
  const setting = (name: FlagName, value: string | undefined, property?: string): Setting => {
    const fromGcloud = property === undefined ? undefined : gcloud.origins.get(property);
    return {
      name,
      value: value ?? null,
      from: settings.source(name) ?? (value === undefined ? "nowhere" : fromGcloud) ?? "nowhere",
    };
  };
  const asked = (["credentials", "token-file"] as const).map((name) => setting(name, settings.text(name)));
  const { lookedAt } = await findCredential(session.context, session.credentialOptions);
  return {
    settings: [
      setting("project", session.project, "core/project"),
      setting("region", session.region, "run/region"),
      setting("account", settings.text("account") ?? gcloud.account, "core/account"),
      {
        ...setting("configuration", gcloud.configuration),
        from: configurationFrom(settings.source("configuration"), session),
      },
      setting("impersonate-service-account", impersonate?.join(","), "auth/impersonate_service_account"),
      ...asked,
    ],
    credentials: lookedAt,
    abilities: abilitiesOf(credential, impersonate !== undefined),
  };
}

function configurationFrom(source: string | undefined, { context, gcloud }: Session): string {
  const variable = "CLOUDSDK_ACTIVE_CONFIG_NAME";
  return source ?? (context.environment.variables[variable] ? variable : `${gcloud.directory}/active_config`);
}

/** The same as lines for a person. */
export function explanationLines({ settings, credentials, abilities }: Explanation): readonly string[] {
  return [
    "",
    "settings",
    ...alignColumns(settings.map(({ name, value, from }) => [`  ${name}`, value ?? "(none)", `from ${from}`])),
    "",
    "credentials, in the order in which they are looked for",
    ...alignColumns(credentials.map(({ source, outcome, reason }) => [`  ${source}`, outcomes[outcome], reason])),
    "",
    "the identity can",
    ...alignColumns(abilities.map(({ what, answer, reason }) => [`  ${what}`, answer, reason])),
  ];
}

const outcomes: Readonly<Record<LookedAt["outcome"], string>> = {
  taken: "taken",
  absent: "passed over",
  broken: "broken, passed over",
  not_reached: "not looked at",
};
