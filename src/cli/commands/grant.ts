import { applyGrants, idTokenCreatorRole, planGrants } from "../../access/grant.ts";
import type { PlannedGrant } from "../../access/grant.ts";
import { gcloudBindingLine } from "../../access/gcloud-lines.ts";
import type { Execute, Invocation } from "../command.ts";
import { canAsk, confirm } from "../confirm.ts";
import { policyRequests } from "../policy-requests.ts";
import { changeLines, changesJson, nameOf, throughText } from "../print-changes.ts";
import { openSession } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { settings, printer } = invocation;
  const session = openSession(invocation);
  const requests = await policyRequests(invocation, session, "to");
  if (settings.has("show-gcloud")) {
    const self = await session.self();
    for (const { resource, role, members } of requests) {
      for (const member of members) printer.line(gcloudBindingLine({ action: "add", resource, role, member, self }));
    }
    return;
  }
  const accessToken = await session.accessToken();
  const planned = await planGrants(session.context, requests, accessToken);
  const isDryRun = settings.has("dry-run");
  const isText = settings.format !== "json";
  const writes = planned.filter(({ diff }) => diff.length > 0);
  if (isText) {
    printer.note(`${session.where}${isDryRun ? ": this would be written" : ""}`);
    for (const plan of planned) noteAlready(plan, invocation);
  }
  if (writes.length > 1 && !isDryRun && canAsk(invocation)) {
    for (const line of changeLines(planned)) printer.note(line);
    if (!(await confirm(invocation, "Write both?"))) return printer.note("Nothing was written.");
  }
  const changes = isDryRun ? planned : await applyGrants(session.context, planned, accessToken);
  if (!isText) return printer.json(changesJson(changes, session, isDryRun));
  for (const line of changeLines(changes)) printer.line(line);
  if (!isDryRun && writes.length > 0) noteDone(writes, session.emulatorUrl === undefined, invocation);
};

function noteAlready({ already, unread, resource }: PlannedGrant, { printer }: Invocation): void {
  for (const { member, through } of already) {
    printer.note(`${member} needs nothing more on ${nameOf(resource)}: it has ${throughText(through)}`);
  }
  for (const name of unread) printer.note(`The policy of ${name} could not be read; it may give the same already.`);
}

function noteDone(writes: readonly PlannedGrant[], isGoogle: boolean, { printer }: Invocation): void {
  printer.note(`Written.${isGoogle ? " A new grant can take some minutes to count." : ""}`);
  const account = writes.find(({ request }) => request.role === idTokenCreatorRole)?.resource;
  if (account?.kind !== "account") return;
  printer.note(
    printer.noteStyle.dim(
      `gcloud itself needs more to act as it: runpass grant ${account.email} --role roles/iam.serviceAccountTokenCreator`,
    ),
  );
}
