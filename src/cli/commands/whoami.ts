import type { Execute } from "../command-line/command.ts";
import { abilitiesOf } from "../abilities.ts";
import { alignColumns } from "../columns.ts";
import { explainIdentity, explanationLines } from "../explain-identity.ts";
import { openSession } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { printer, settings } = invocation;
  const session = openSession(invocation);
  if (settings.has("show-gcloud")) {
    printer.line("gcloud auth list --filter status:ACTIVE");
    printer.line("gcloud config list");
    return;
  }
  const { impersonate } = session;
  const credential = await session.credential();
  const canChooseAudience = impersonate !== undefined || credential.canChooseAudience;
  const explained = settings.has("explain") ? await explainIdentity(invocation, session, credential) : undefined;
  const facts = {
    member: (await session.self()) ?? null,
    actsAs: impersonate ?? null,
    kind: credential.kind,
    source: credential.source,
    project: session.project ?? null,
    region: session.region ?? null,
    emulator: session.emulatorUrl ?? null,
    givesIdToken: impersonate !== undefined || credential.givesIdToken,
    canChooseAudience,
    ...(explained ? { explained } : {}),
  };
  if (settings.format === "json") {
    printer.json(facts);
    return;
  }
  const byProperty = impersonate !== undefined && !settings.has("impersonate-service-account");
  const rows = [
    ["identity", facts.member ?? "unknown: the credentials do not tell"],
    ...(impersonate
      ? [["acts as", `${impersonate.join(" → ")}${byProperty ? " (gcloud's auth/impersonate_service_account)" : ""}`]]
      : []),
    ["from", credential.source],
    ["project", session.project ?? "none set"],
    ["region", session.region ?? "none set: services are looked for in all"],
    ["talks to", session.emulatorUrl === undefined ? "Google" : `[emulator] ${session.emulatorUrl}`],
    ...(facts.givesIdToken
      ? [["can", canChooseAudience ? "get ID tokens for any audience" : "call services that it may invoke"]]
      : []),
    ...abilitiesOf(credential, impersonate !== undefined)
      .filter(({ answer, what }) => answer === "no" && what !== "carry an e-mail")
      .map(({ what, reason }) => ["cannot", `${what}: ${reason}`]),
  ];
  for (const line of alignColumns(rows)) printer.line(line);
  for (const line of explained ? explanationLines(explained) : []) printer.line(line);
};
