import { applyChanges } from "../../access/change.ts";
import { planGrants } from "../../access/grant.ts";
import { diagnose } from "../../doctor/diagnose.ts";
import type { Diagnosis } from "../../doctor/finding.ts";
import { RunpassError } from "../../core/errors.ts";
import { explainPasted } from "../../doctor/pasted.ts";
import type { DiagnoseOptions } from "../../doctor/walk.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import type { Input } from "../io.ts";
import { gcloudAddress, gcloudTokenLine } from "../gcloud-token-line.ts";
import { gcloudPolicyLine } from "../../access/gcloud-lines.ts";
import { findServiceResource, serviceResourceByName } from "../resources.ts";
import { canAsk, confirm } from "../confirm.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { grantedAt, rememberGrants } from "../policies/last-grants.ts";
import { readLastRefusal, replaySettings } from "../last-refusal.ts";
import type { Refusal } from "../last-refusal.ts";
import { changeLines, diffsJson } from "../policies/print-changes.ts";
import type { Change } from "../policies/print-changes.ts";
import { printDiagnosis, printPasted } from "../print-diagnosis.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, targetText } from "../session.ts";
import type { Session } from "../session.ts";
import { sayWhen } from "../time-in-words.ts";
import { waitForChanges } from "../policies/wait-for-changes.ts";

const exitCodeOfPasted = {
  google: exitCodeOf("call_refused"),
  IAP: exitCodeOf("call_refused"),
  proxy: exitCodeOf("google_unreachable"),
  app: 0,
  unknown: exitCodeOf("invalid_argument"),
} as const;

export const execute: Execute = async (called) => {
  const { io, printer } = called;
  const [named] = called.arguments;
  const isJson = called.settings.format === "json";
  if (named === "-") {
    const verdict = explainPasted(await readAll(io.stdin));
    if (isJson) printer.json(verdict);
    else printPasted(verdict, printer);
    return exitCodeOfPasted[verdict.by];
  }
  const last = named === undefined ? readLastRefusal(io.environment) : undefined;
  const settings = last ? replaySettings(called.settings, last) : called.settings;
  const invocation = { ...called, settings };
  const session = openSession(invocation);
  const text = last ? `${last.target}${last.path}` : (named ?? targetText(undefined, io) ?? noTarget());
  const target = parseServiceTarget(text, true);
  if (last) printer.note(whichCall(last, session));
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
    grantedAt: (resource, member) => grantedAt(session.context, resource, member),
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
  let repaired: readonly Change[] | undefined;
  if (await shallRepair(diagnosis, invocation)) {
    repaired = await repair(diagnosis, invocation, session);
    diagnosis = await diagnose(session.context, options);
    if (!isJson) printer.line(diagnosis.verdict);
  }
  if (isJson) printer.json(repaired ? { ...diagnosis, repaired: diffsJson(repaired) } : diagnosis);
  return diagnosis.code === undefined ? 0 : exitCodeOf(diagnosis.code);
};

/** Without TARGET the last refused call is meant: which that is, in a sentence. */
function whichCall({ by, target, path, status, atMs, flags }: Refusal, { context }: Session): string {
  const as = flags["impersonate-service-account"];
  const who = as === undefined ? "" : ` as ${as}`;
  const when = sayWhen(atMs, context.clock.nowMs());
  return `The call to ${target}${path}${who} by ${by === "curl" ? "runpass curl" : "the proxy"} was refused (${status}) ${when}.`;
}

function noTarget(): never {
  throw new RunpassError({
    code: "invalid_argument",
    message: "No TARGET is given, and no call by runpass curl or the proxy was refused",
    fix: "Name the service: runpass doctor my-service; or paste a response: curl -i … | runpass doctor -",
  });
}

function targetName(target: DiagnoseOptions["target"]): string {
  return target.kind === "url" ? target.origin : target.service;
}

async function readAll(stdin: Input): Promise<string> {
  let text = "";
  for await (const chunk of stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}

/** Only what runpass can write itself and the caller may, only when asked to, and never unseen. */
async function shallRepair({ repair: found }: Diagnosis, invocation: Invocation): Promise<boolean> {
  if (!found || found.grants.length === 0 || found.allowed === "no") return false;
  if (invocation.settings.has("fix") || invocation.settings.has("yes")) return true;
  return canAsk(invocation) && confirm(invocation, "Run it now?");
}

/** Writes the grants, says which, and waits until they count: at Google that takes minutes. */
async function repair(
  { repair: found }: Diagnosis,
  invocation: Invocation,
  session: Session,
): Promise<readonly Change[]> {
  const { context, accessToken } = session;
  const requests = found?.grants ?? [];
  const token = await accessToken();
  const changes = await applyChanges(context, await planGrants(context, requests, token), token);
  rememberGrants(context, changes);
  if (invocation.settings.format !== "json") for (const line of changeLines(changes)) invocation.printer.line(line);
  await waitForChanges(invocation, session, requests, "held");
  return changes;
}
