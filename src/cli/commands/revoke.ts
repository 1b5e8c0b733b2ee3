import { gcloudBindingLine } from "../../access/gcloud-lines.ts";
import { applyRevoke, planRevoke } from "../../access/revoke.ts";
import type { AppliedRevoke, PlannedRevoke } from "../../access/revoke.ts";
import type { Execute, Invocation } from "../command.ts";
import { canAsk, confirm } from "../confirm.ts";
import { policyRequests } from "../policy-requests.ts";
import { changeLines, changesJson, nameOf, throughText } from "../print-changes.ts";
import { openSession } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { settings, printer } = invocation;
  const session = openSession(invocation);
  const requests = await policyRequests(invocation, session, "from");
  if (settings.has("show-gcloud")) {
    const self = await session.self();
    for (const { resource, role, members } of requests) {
      for (const member of members) printer.line(gcloudBindingLine({ action: "remove", resource, role, member, self }));
    }
    return;
  }
  const accessToken = await session.accessToken();
  const planned = await Promise.all(requests.map((request) => planRevoke(session.context, request, accessToken)));
  const isDryRun = settings.has("dry-run");
  const isText = settings.format !== "json";
  const writes = planned.filter(({ diff }) => diff.length > 0);
  if (isText) {
    printer.note(`${session.where}${isDryRun ? ": this would be written" : ""}`);
    for (const plan of planned) noteRest(plan, invocation);
  }
  if (writes.length > 1 && !isDryRun && canAsk(invocation)) {
    for (const line of changeLines(planned)) printer.note(line);
    if (!(await confirm(invocation, "Take back both?"))) return printer.note("Nothing was written.");
  }
  const changes: (PlannedRevoke | AppliedRevoke)[] = isDryRun ? [...planned] : [];
  // The last half closes the way in, so it is the first to go.
  for (const plan of isDryRun ? [] : planned.toReversed()) {
    changes.push(await applyRevoke(session.context, plan, accessToken));
  }
  if (!isText) return printer.json(changesJson(changes, session, isDryRun));
  for (const line of changeLines(changes)) printer.line(line);
  if (!isDryRun && writes.length > 0) {
    printer.note(`Written.${session.emulatorUrl === undefined ? " It can take some minutes to count." : ""}`);
  }
};

function noteRest({ diff, request, remaining, resource }: PlannedRevoke, { printer }: Invocation): void {
  if (diff.length === 0) printer.note(`Nobody named has ${request.role} on ${nameOf(resource)} by its own policy.`);
  for (const { member, through } of remaining) {
    printer.note(`${member} keeps ${throughText(through)}`);
  }
}
