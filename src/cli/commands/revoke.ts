import { applyChanges } from "../../access/change.ts";
import { gcloudBindingLine } from "../../access/gcloud-lines.ts";
import type { GrantRequest } from "../../access/grant-request.ts";
import { planCleanup, planRevoke } from "../../access/revoke.ts";
import type { PlannedRevoke } from "../../access/revoke.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { canAsk, confirm } from "../confirm.ts";
import { cleanupRequests, policyRequests } from "../policies/policy-requests.ts";
import { changeLines, nameOf, sizeOf, throughText } from "../policies/print-changes.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session.ts";
import { concludeChanges } from "../policies/wait-for-changes.ts";

export const execute: Execute = async (invocation) => {
  const { settings, printer } = invocation;
  const session = openSession(invocation);
  if (settings.has("show-gcloud")) return showGcloud(invocation, session);
  const { planned, requests } = await plan(invocation, session);
  const isDryRun = settings.has("dry-run");
  const isText = settings.format !== "json";
  const size = sizeOf(planned);
  if (isText) {
    printer.note(`${session.where}${isDryRun ? ": this would be written" : ""}`);
    for (const each of planned) noteRest(each, invocation);
  }
  if (size > 1 && !isDryRun && canAsk(invocation)) {
    for (const line of changeLines(planned)) printer.note(line);
    const question = size === 2 ? "Take back both?" : `Take back all ${size}?`;
    if (!(await confirm(invocation, question))) return printer.note("Nothing was written.");
  }
  // The last half closes the way in, so it is the first to go.
  const changes = isDryRun
    ? planned
    : await applyChanges(session.context, planned.toReversed(), await session.accessToken());
  if (isText) for (const line of changeLines(changes)) printer.line(line);
  if (isText && !isDryRun && size > 0) {
    printer.note(
      `Written.${session.emulatorUrl === undefined && !settings.has("wait") ? " It can take some minutes to count: --wait waits for it." : ""}`,
    );
  }
  await concludeChanges(invocation, session, { changes, requests, wanted: "gone" });
};

/** What has ended counts for nothing already, so that there is nothing to wait for. */
async function plan(
  invocation: Invocation,
  session: Session,
): Promise<{ readonly planned: readonly PlannedRevoke[]; readonly requests: readonly GrantRequest[] }> {
  const { context } = session;
  if (invocation.settings.has("expired")) {
    const requests = await cleanupRequests(invocation, session);
    const accessToken = await session.accessToken();
    const planned = await Promise.all(requests.map((request) => planCleanup(context, request, accessToken)));
    return { planned, requests: [] };
  }
  const requests = await policyRequests(invocation, session, "from");
  const accessToken = await session.accessToken();
  const planned = await Promise.all(requests.map((request) => planRevoke(context, request, accessToken)));
  return { planned, requests };
}

/** What has ended must be read first; all else can be told from what was asked for. */
async function showGcloud(invocation: Invocation, session: Session): Promise<void> {
  const self = await session.self();
  const show = (line: Omit<Parameters<typeof gcloudBindingLine>[0], "action" | "self">): void =>
    invocation.printer.line(gcloudBindingLine({ ...line, action: "remove", self }));
  if (invocation.settings.has("expired")) {
    for (const { resource, diff } of (await plan(invocation, session)).planned) {
      for (const { role, member, condition } of diff) show({ resource, role, member, condition });
    }
    return;
  }
  for (const { resource, role, members } of await policyRequests(invocation, session, "from")) {
    for (const member of members) show({ resource, role, member });
  }
}

function noteRest({ diff, remaining, resource }: PlannedRevoke, { printer, settings }: Invocation): void {
  if (diff.length === 0) {
    printer.note(
      settings.has("expired")
        ? `Nothing has ended on ${nameOf(resource)}.`
        : `Nobody named has it on ${nameOf(resource)} by its own policy.`,
    );
  }
  for (const { member, through, perhaps } of remaining) {
    if (through.length > 0) printer.note(`${member} keeps ${throughText(through)}`);
    for (const clause of perhaps) printer.note(`Perhaps it stays: ${clause}`);
  }
}
