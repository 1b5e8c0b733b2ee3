import { listAccess } from "../../access/access.ts";
import { formatDot, formatMermaid } from "../../access/graph.ts";
import { createGroupReader } from "../../access/groups.ts";
import { gcloudPolicyLine } from "../../access/gcloud-lines.ts";
import { memberOf } from "../../access/member.ts";
import { createTroubleshooter } from "../../access/troubleshooter.ts";
import { whetherCanCall } from "../../access/whether.ts";
import type { Execute } from "../command-line/command.ts";
import { printAccess, printWhether } from "../policies/print-access.ts";
import { findServiceResource, serviceResourceByName } from "../resources.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, requireTargetText } from "../session.ts";

/** For scripts: what `--principal` answers. */
const exitCodeOf = { yes: 0, no: 4, unknown: 1 } as const;

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const session = openSession(invocation);
  const target = parseServiceTarget(requireTargetText(invocation.arguments[0], io, "runpass access my-service"));
  if (settings.has("show-gcloud")) {
    const { resource } = serviceResourceByName(session, target) ?? (await findServiceResource(session, target));
    printer.line(gcloudPolicyLine(resource));
    printer.line(gcloudPolicyLine({ kind: "project", project: resource.name.project }));
    return 0;
  }
  const { resource, service } = await findServiceResource(session, target);
  const accessToken = await session.accessToken();
  const listed = await listAccess(session.context, resource, accessToken, service.invokerIamDisabled);
  const { levels: _levels, ...access } = listed;
  const isJson = settings.format === "json";
  if (settings.has("principal")) {
    const readGroups = createGroupReader(session.context, accessToken, resource.name.project);
    const { ask, hint } = createTroubleshooter(session.context, accessToken, resource.name.project);
    const member = memberOf(settings.text("principal"), undefined);
    const whether = await whetherCanCall(session.context, listed, member, readGroups, ask);
    if (isJson) printer.json(whether);
    else printWhether(whether, listed, printer);
    const better = whether.answer === "unknown" ? hint() : undefined;
    if (better !== undefined) printer.note(better);
    return exitCodeOf[whether.answer];
  }
  const graph = settings.text("graph");
  if (graph !== undefined) printer.line((graph === "dot" ? formatDot : formatMermaid)(listed).trimEnd());
  else if (settings.has("expired")) {
    const ended = access.rows.filter(({ until }) => until !== undefined && Date.parse(until) <= io.clock.nowMs());
    if (isJson) printer.json({ service: access.service, rows: ended });
    else printAccess({ ...listed, rows: ended, impersonators: [], givers: [], unread: [] }, printer, session.where);
  } else if (isJson) printer.json(access);
  else printAccess(listed, printer, session.where);
  return 0;
};
