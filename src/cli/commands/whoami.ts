import { findCredential } from "../../credentials/resolve.ts";
import type { Execute, Invocation } from "../command.ts";
import { alignColumns } from "../columns.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { printer, settings } = invocation;
  const session = openSession(invocation);
  if (settings.has("show-gcloud")) {
    printer.line("gcloud auth list --filter status:ACTIVE");
    printer.line("gcloud config list");
    return;
  }
  const credential = await session.credential();
  const canChooseAudience = session.impersonate !== undefined || credential.canChooseAudience;
  const facts = {
    member: (await session.self()) ?? null,
    actsAs: session.impersonate ?? null,
    kind: credential.kind,
    source: credential.source,
    project: session.project ?? null,
    region: session.region ?? null,
    emulator: session.emulatorUrl ?? null,
    canChooseAudience,
    ...(settings.has("explain") ? { explained: await explain(invocation, session) } : {}),
  };
  if (settings.format === "json") {
    printer.json(facts);
    return;
  }
  const rows = [
    ["identity", facts.member ?? "unknown: the credentials do not tell"],
    ...(session.impersonate ? [["acts as", session.impersonate.join(" → ")]] : []),
    ["from", credential.source],
    ["project", session.project ?? "none set"],
    ["region", session.region ?? "none set: services are looked for in all"],
    ["talks to", session.emulatorUrl === undefined ? "Google" : `[emulator] ${session.emulatorUrl}`],
    ["can", canChooseAudience ? "get ID tokens for any audience" : "call services that it may invoke"],
    ...(canChooseAudience ? [] : [["cannot", "choose an audience: act as a service account for that, with --as"]]),
  ];
  for (const line of alignColumns(rows)) printer.line(line);
  for (const line of explanationLines(facts.explained)) printer.line(line);
};

interface Explanation {
  readonly value: string;
  readonly from: string;
}

/** Where each value came from, and where credentials were looked for. */
async function explain({ settings }: Invocation, session: Session): Promise<readonly Explanation[]> {
  const gcloud = `gcloud configuration ${session.gcloud.configuration}`;
  const values = (["project", "region"] as const).map((name) => ({
    value: `${name} ${session[name] ?? "(none)"}`,
    from: settings.source(name) ?? (session[name] === undefined ? "nowhere" : gcloud),
  }));
  const asked = (["account", "configuration", "credentials", "impersonate-service-account"] as const).flatMap(
    (name) => {
      const from = settings.source(name);
      return from === undefined ? [] : [{ value: `${name} ${settings.text(name) ?? "$SERVICE_ACCOUNT"}`, from }];
    },
  );
  const { lookedAt } = await findCredential(session.context, session.credentialOptions);
  const places = lookedAt.map(({ source, outcome, reason }) => ({
    value: `credentials ${outcome}: ${reason}`,
    from: source,
  }));
  return [...values, ...asked, ...places];
}

function explanationLines(explained: readonly Explanation[] | undefined): string[] {
  if (!explained) return [];
  return ["", ...alignColumns(explained.map(({ value, from }) => [value, `from ${from}`]))];
}
