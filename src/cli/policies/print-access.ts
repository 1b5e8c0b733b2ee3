import type { Access } from "../../access/access.ts";
import { reasonOf } from "../../access/levels.ts";
import type { PermissionRow } from "../../access/rows.ts";
import type { Whether } from "../../access/whether.ts";
import { alignColumns } from "../columns.ts";
import type { Printer } from "../printer.ts";

/** Who can call a service, as tables for a person. */
export function printAccess(access: Access, printer: Printer, where: string): void {
  const { yellow } = printer.style;
  printer.note(`${where}: who can call ${access.service}`);
  if (access.public) printer.line(yellow("Anyone can call it, without a token."));
  printTable(["MEMBER", "ROLE", "THROUGH", ""], access.rows.map(rowCells), printer);
  if (access.rows.length === 0) printer.note("Nobody, as far as these policies say.");
  if (access.impersonators.length > 0) {
    printer.line("");
    const rows = access.impersonators.map((row) => [row.member, row.as, row.role, ...rowCells(row).slice(2)]);
    printTable(["CAN ACT", "AS", "ROLE", "THROUGH", ""], rows, printer);
  }
  if (access.givers.length > 0) {
    printer.line("");
    printTable(["COULD LET THEMSELVES IN", "ROLE", "THROUGH", ""], access.givers.map(rowCells), printer);
  }
  if (access.isCut) printer.note("Not all service accounts were followed: there are too many that can call it.");
  noteAnalyzed(access, printer);
  for (const unread of access.unread) {
    printer.note(`${printer.noteStyle.yellow("not read:")} ${unread.what} (${reasonOf(unread)})`);
  }
}

/** The answer for one principal, with the path that it rests on. */
export function printWhether(whether: Whether, access: Access, printer: Printer): void {
  const { member, answer, effective, byWayOf, unless } = whether;
  const { green, red, yellow, bold } = printer.style;
  const colour = { yes: green, no: red, unknown: yellow }[answer];
  printer.line(
    `${colour(answer)}  ${bold(member)} ${answer === "yes" ? "can" : answer === "no" ? "cannot" : "may"} call ${access.service}`,
  );
  for (const unread of unless) {
    printer.note(`  unless a deny policy takes it: ${unread.what} could not be read (${reasonOf(unread)})`);
  }
  noteAnalyzed(access, printer);
  if (effective.source !== undefined) printer.line(`  ${effective.source} says so:`);
  const acts = answer === "yes" ? "acts" : "may act";
  for (const row of byWayOf) printer.line(`  ${acts} as ${row.as}, by ${row.role} on ${row.resource}`);
  switch (effective.outcome) {
    case "allowed":
      printer.line(
        `  ${effective.through.binding.role} on ${effective.through.resource}, for ${effective.through.member}`,
      );
      return;
    case "denied":
      return printer.line(
        `  ${effective.by.policy} on ${effective.by.resource} denies it to ${effective.by.principal}`,
      );
    case "unknown":
      for (const why of effective.because) printer.line(`  ${why}`);
      return;
    case "none":
      if (access.public) return printer.line("  anyone can, without a token");
      for (const { binding, resource } of effective.missed) {
        printer.line(`  ${binding.role} on ${resource} does not count now: ${binding.condition?.expression ?? ""}`);
      }
      if (effective.missed.length === 0) printer.line("  no binding on any level gives it run.routes.invoke");
  }
}

function noteAnalyzed({ analyzed }: Access, printer: Printer): void {
  if (analyzed.length > 0)
    printer.note(`Who can call by the policy of ${analyzed.join(" and ")} is told by Policy Analyzer.`);
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[], printer: Printer): void {
  const [first = "", ...lines] = alignColumns([head, ...rows]);
  printer.line(printer.style.bold(first));
  for (const line of lines) printer.line(line);
}

function rowCells(row: PermissionRow): string[] {
  const { member, role, through, resource } = row;
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  const where =
    through === "folder" || through === "organization" ? `policy of ${through} ${name}` : `${through}'s policy`;
  return [member, role, where, remark(row)];
}

function remark({ counts, why, condition, until }: PermissionRow): string {
  const when = until === undefined ? condition && `if ${condition.expression}` : `until ${until.replace(".000Z", "Z")}`;
  const not = counts === "yes" ? undefined : counts === "no" ? `not now: ${why}` : `perhaps: ${why}`;
  return [when, not].filter((part) => part !== undefined).join("; ");
}
