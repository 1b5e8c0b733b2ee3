import { applyChanges } from "../../access/change.ts";
import { planGrants } from "../../access/grant.ts";
import { diagnose } from "../../doctor/diagnose.ts";
import type { Diagnosis } from "../../doctor/finding.ts";
import { explainPasted } from "../../doctor/pasted.ts";
import type { DiagnoseOptions } from "../../doctor/walk.ts";
import type { Execute, Invocation } from "../command.ts";
import type { Input } from "../io.ts";
import { gcloudAddress, gcloudTokenLine } from "../gcloud-token-line.ts";
import { gcloudPolicyLine } from "../../access/gcloud-lines.ts";
import { findServiceResource, serviceResourceByName } from "../resources.ts";
import { canAsk, confirm } from "../confirm.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { printDiagnosis, printPasted } from "../print-diagnosis.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, requireTargetText } from "../session.ts";
import type { Session } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const [text] = invocation.arguments;
  const isJson = settings.format === "json";
  if (text === "-") {
    const verdict = explainPasted(await readAll(io.stdin));
    if (isJson) printer.json(verdict);
    else printPasted(verdict, printer);
    return { google: exitCodeOf("call_refused"), app: 0, unknown: exitCodeOf("invalid_argument") }[verdict.by];
  }
  const session = openSession(invocation);
  const target = parseServiceTarget(requireTargetText(text, io, "runpass doctor my-service"), true);
  const options: DiagnoseOptions = {
    target,
    project: session.project,
    region: session.region,
    impersonate: session.impersonate,
    audience: settings.text("audiences"),
    credential: session.credential,
    accessToken: session.accessToken,
    self: session.self,
    network: session.network,
  };
  if (settings.has("show-gcloud")) {
    const { resource } = serviceResourceByName(session, target) ?? (await findServiceResource(session, target));
    const url = gcloudAddress(session, target, "url");
    printer.line(`curl -i ${url} -H "Authorization: Bearer $(${gcloudTokenLine(session, settings, target)})"`);
    printer.line(gcloudPolicyLine(resource));
    printer.line(gcloudPolicyLine({ kind: "project", project: resource.name.project }));
    return 0;
  }
  if (!isJson) printer.note(`${session.where}: looking into a call of ${targetName(target)} …`);
  let diagnosis = await diagnose(session.context, options);
  if (!isJson) printDiagnosis(diagnosis, printer);
  if (await shallRepair(diagnosis, invocation)) {
    await repair(diagnosis, session);
    diagnosis = await diagnose(session.context, options);
    if (!isJson) printer.line(diagnosis.verdict);
  }
  if (isJson) printer.json(diagnosis);
  return diagnosis.code === undefined ? 0 : exitCodeOf(diagnosis.code);
};

function targetName(target: DiagnoseOptions["target"]): string {
  return target.kind === "url" ? target.origin : target.service;
}

async function readAll(stdin: Input): Promise<string> {
  let text = "";
  for await (const chunk of stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}

/** Only what runpass can write itself, only when asked to, and never unseen. */
async function shallRepair({ repair: found }: Diagnosis, invocation: Invocation): Promise<boolean> {
  if (!found || found.grants.length === 0) return false;
  if (invocation.settings.has("fix")) return true;
  return canAsk(invocation) && confirm(invocation, "Run it now?");
}

async function repair({ repair: found }: Diagnosis, { context, accessToken }: Session): Promise<void> {
  const token = await accessToken();
  await applyChanges(context, await planGrants(context, found?.grants ?? [], token), token);
}
