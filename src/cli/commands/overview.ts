import { RunpassError } from "../../core/errors.ts";
import { readVariable } from "../../core/environment.ts";
import type { Execute } from "../command-line/command.ts";
import { alignColumns } from "../columns.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session.ts";
import { version } from "../version.ts";

/** Makes no request: it must be quick, and work where nothing is set up yet. */
export const execute: Execute = async (invocation) => {
  const { io, printer, settings } = invocation;
  const session = openSession(invocation);
  const identity = await identityOf(session);
  const next = nextStep(identity.found, readVariable(io.environment, "RUN_SERVICE"), session);
  if (settings.format === "json") {
    const { project = null, region = null, emulatorUrl = null } = session;
    printer.json({
      version,
      identity: identity.found ? identity.text : null,
      project,
      region,
      emulator: emulatorUrl,
      next,
    });
    return;
  }
  const { bold } = printer.style;
  printer.line(`${bold("runpass")} ${version}: calls private Cloud Run services, as yourself or as a service account`);
  const rows = [
    ["who", identity.text],
    ["where", `project ${session.project ?? "(none set)"}, region ${session.region ?? "(none set)"}`],
    ["talks to", session.emulatorUrl === undefined ? "Google" : `[emulator] ${session.emulatorUrl}`],
    ["next", `${next}, or runpass help`],
  ];
  for (const line of alignColumns(rows)) printer.line(line);
};

async function identityOf(session: Session): Promise<{ readonly found: boolean; readonly text: string }> {
  try {
    const { principal = "you", source } = await session.credential();
    return { found: true, text: `${principal} (${source})` };
  } catch (error) {
    if (error instanceof RunpassError) return { found: false, text: `nobody yet: ${error.message}` };
    throw error;
  }
}

function nextStep(isSomebody: boolean, service: string | undefined, session: Session): string {
  if (!isSomebody) return "gcloud auth login, or runpass demo";
  if (session.project === undefined) return "gcloud config set project PROJECT";
  return `runpass curl ${service === undefined ? "SERVICE" : "$RUN_SERVICE"}`;
}
