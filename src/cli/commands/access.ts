import { listAccess } from "../../access/access.ts";
import type { Access } from "../../access/access.ts";
import { gcloudPolicyLine } from "../../access/gcloud-lines.ts";
import { alignColumns } from "../columns.ts";
import type { Execute } from "../command.ts";
import type { Printer } from "../printer.ts";
import { findServiceResource, serviceResourceByName } from "../resources.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, requireTargetText } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const session = openSession(invocation);
  const target = parseServiceTarget(requireTargetText(invocation.arguments[0], io, "runpass access my-service"));
  if (settings.has("show-gcloud")) {
    const { resource } = serviceResourceByName(session, target) ?? (await findServiceResource(session, target));
    printer.line(gcloudPolicyLine(resource));
    printer.line(gcloudPolicyLine({ kind: "project", project: resource.name.project }));
    return;
  }
  const { resource, service } = await findServiceResource(session, target);
  const access = await listAccess(session.context, resource, await session.accessToken(), service.invokerIamDisabled);
  if (settings.format === "json") printer.json(access);
  else print(access, printer, session.where);
};

function print(access: Access, printer: Printer, where: string): void {
  const { bold, yellow, dim } = printer.style;
  printer.note(`${where}: who can call ${access.service}`);
  if (access.public) printer.line(yellow("Anyone can call it, without a token."));
  const rows = access.rows.map(({ member, role, through, condition, canCall }) => [
    member,
    role,
    `${through}'s policy`,
    canCall === "yes"
      ? ""
      : canCall === "unknown"
        ? "custom role, not looked into"
        : `if ${condition?.expression ?? ""}`,
  ]);
  const [head = "", ...lines] = alignColumns([["MEMBER", "ROLE", "THROUGH", ""], ...rows]);
  printer.line(bold(head));
  for (const line of lines) printer.line(line);
  if (rows.length === 0) printer.note("Nobody, as far as these policies say.");
  for (const { resource, why } of access.unread)
    printer.note(`${yellow("not read:")} the policy of ${resource}: ${why}`);
  printer.note(dim("Not looked at: policies of folders and the organisation, deny policies, who is in a group."));
}
