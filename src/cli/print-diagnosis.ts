import type { Diagnosis, Finding, Repair } from "../doctor/finding.ts";
import type { PastedVerdict } from "../doctor/pasted.ts";
import { alignColumns } from "./columns.ts";
import type { Printer } from "./printer.ts";

const marks: Readonly<Record<Finding["outcome"], string>> = {
  passed: "✓",
  failed: "✗",
  unknown: "?",
  "not applicable": "–",
};

/** Link by link with its evidence, the verdict, and what repairs it. */
export function printDiagnosis({ findings, verdict, cause, repair }: Diagnosis, printer: Printer): void {
  const { green, red, yellow, dim, bold } = printer.style;
  const colours = { passed: green, failed: red, unknown: yellow, "not applicable": dim };
  const lines = alignColumns(
    findings.map(({ link, outcome, detail, permission, besides }) => [
      `${marks[outcome]} ${link}`,
      [permission === undefined ? detail : `${detail} (${permission} would tell)`, besides]
        .filter((part) => part !== undefined)
        .join("; "),
    ]),
  );
  for (const [index, line] of lines.entries()) printer.line(colours[findings[index]?.outcome ?? "unknown"](line));
  printer.line("");
  printer.line(bold((cause === undefined ? green : red)(verdict)));
  if (repair) printRepair(repair, printer);
}

function printRepair({ runpass, gcloud, grants, message, request }: Repair, printer: Printer): void {
  printer.line("");
  if (message) {
    const [first = "", ...lines] = message;
    if (grants.length === 0) for (const line of runpass) printer.line(line);
    if (request) printRequest(request, runpass, printer);
    else printer.line("You may not do that yourself. A message for whoever may:");
    printer.line("");
    printer.line(`  ${first}`);
    for (const line of lines) printer.line(`    ${line}`);
    return;
  }
  printer.line(grants.length > 0 ? "What repairs it:" : "How to go on:");
  for (const line of runpass) printer.line(`  ${line}`);
  const further = gcloud.filter((line) => !runpass.some((each) => each.includes(line)));
  if (further.length > 0) printer.line(printer.style.dim(grants.length > 0 ? "which stands for" : "or"));
  for (const line of further) printer.line(printer.style.dim(`  ${line}`));
}

/** What one may ask for oneself comes before what another must do. */
function printRequest(
  { line, gives }: NonNullable<Repair["request"]>,
  runpass: readonly string[],
  printer: Printer,
): void {
  printer.line("You may not grant that yourself, but ask Privileged Access Manager for it, for a time:");
  printer.line(`  ${line}`);
  if (gives === "right to grant") for (const then of runpass) printer.line(`  ${then}`);
  printer.line("");
  printer.line("Or a message for whoever may grant it:");
}

/** What a pasted response means. */
export function printPasted({ by, meaning, next }: PastedVerdict, printer: Printer): void {
  const whose = {
    google: "Google's front end",
    IAP: "Identity-Aware Proxy",
    proxy: "a proxy",
    app: "not Google's front end",
    unknown: "unknown",
  }[by];
  printer.line(`${printer.style.bold(whose)}: ${meaning}.`);
  printer.line(`${next}.`);
}
