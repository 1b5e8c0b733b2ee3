import { applyChanges } from "../../access/change.ts";
import { gcloudBindingLine } from "../../access/gcloud-lines.ts";
import { idTokenCreatorRole } from "../../access/grant-request.ts";
import { planGrants } from "../../access/grant.ts";
import type { PlannedGrant } from "../../access/grant.ts";
import { isEverybody } from "../../access/grantable.ts";
import { reasonOf } from "../../access/levels.ts";
import { RunpassError } from "../../core/errors.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { canAsk, confirm } from "../confirm.ts";
import { expiryAskedFor } from "../policies/grant-expiry.ts";
import { rememberGrants } from "../policies/last-grants.ts";
import { policyRequests } from "../policies/policy-requests.ts";
import { changeLines, nameOf, sizeOf, throughText } from "../policies/print-changes.ts";
import { openSession } from "../session.ts";
import { concludeChanges } from "../policies/wait-for-changes.ts";

export const execute: Execute = async (invocation) => {
  const { settings, printer } = invocation;
  const session = openSession(invocation);
  const requests = await policyRequests(invocation, session, "to", await expiryAskedFor(invocation, session));
  if (settings.has("show-gcloud")) {
    const self = await session.self();
    for (const { members, ...request } of requests) {
      for (const member of members) printer.line(gcloudBindingLine({ ...request, action: "add", member, self }));
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
    for (const plan of planned) noteStanding(plan, invocation);
  }
  if (!isDryRun && !(await isMeant(writes, invocation))) return printer.note("Nothing was written.");
  const applied = isDryRun ? [] : await applyChanges(session.context, planned, accessToken);
  rememberGrants(session.context, applied);
  const changes = isDryRun ? planned : applied;
  if (isText) for (const line of changeLines(changes)) printer.line(line);
  if (isText && !isDryRun && writes.length > 0) noteDone(writes, session.emulatorUrl === undefined, invocation);
  await concludeChanges(invocation, session, { changes, requests, wanted: "held" });
};

/** One question for all of it, where there is something to weigh up; and always before everybody is let in. */
async function isMeant(writes: readonly PlannedGrant[], invocation: Invocation): Promise<boolean> {
  const { printer, settings } = invocation;
  const size = sizeOf(writes);
  const open = writes.flatMap(({ diff, resource }) =>
    diff.filter(({ member }) => isEverybody(member)).map(({ member }) => ({ member, resource })),
  );
  for (const { member, resource } of open) {
    const who = member === "allUsers" ? "anyone at all, without a token," : "anyone with a Google account";
    const may = resource.kind === "account" ? "act as" : "call";
    printer.note(`${printer.noteStyle.yellow("warning:")} ${member} lets ${who} ${may} ${nameOf(resource)}`);
  }
  if (!canAsk(invocation)) {
    if (open.length === 0 || settings.quiet) return true;
    throw new RunpassError({
      code: "invalid_argument",
      message: `Nobody can be asked whether ${open[0]?.member ?? ""} is meant`,
      why: "it would open what is private, and there is no terminal",
      fix: "Add --yes if it is meant.",
    });
  }
  if (size < 2 && open.length === 0) return true;
  for (const line of changeLines(writes)) printer.note(line);
  if (open.length > 0) return confirm(invocation, "Open it to everybody?", "no");
  return confirm(invocation, size === 2 ? "Write both?" : `Write all ${size}?`);
}

function noteStanding({ already, denied, unread, resource, diff }: PlannedGrant, { printer }: Invocation): void {
  for (const { member, through } of already) {
    printer.note(`${member} needs nothing more on ${nameOf(resource)}: it has ${throughText(through)}`);
  }
  for (const { member, by } of denied) {
    printer.note(
      `${printer.noteStyle.yellow("warning:")} ${member} gets nothing by it: ${by.policy} denies it to ${by.principal}`,
    );
  }
  if (diff.length === 0) return;
  for (const each of unread) {
    printer.note(`It may be given already: ${each.what} could not be read (${reasonOf(each)})`);
  }
}

function noteDone(writes: readonly PlannedGrant[], isGoogle: boolean, { printer, settings }: Invocation): void {
  printer.note(
    `Written.${isGoogle && !settings.has("wait") ? " A new grant can take some minutes to count: --wait waits for it." : ""}`,
  );
  const account = writes.find(({ request }) => request.role === idTokenCreatorRole)?.resource;
  if (account?.kind !== "account") return;
  printer.note(
    printer.noteStyle.dim(
      `gcloud itself needs more to act as it: runpass grant ${account.email} --role roles/iam.serviceAccountTokenCreator`,
    ),
  );
}
