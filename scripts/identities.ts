/**
 * Writes the table in docs/identities.md from what the clients on this machine do against an emulator. Cells of clients that
 * are not here stay as they were.
 *
 *     node scripts/identities.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { clients } from "../test/contract/identities/clients.ts";
import { prepareKinds } from "../test/contract/identities/kinds.ts";
import { cellOf, formatTable, parseTable } from "../test/contract/identities/table.ts";

const file = path.join(import.meta.dirname, "..", "docs", "identities.md");
const text = readFileSync(file, "utf8");
const before = parseTable(text);

await using prepared = await prepareKinds();
const { subject, kinds } = prepared;
const cells = new Map(kinds.map(({ name }) => [name, new Map<string, string>()]));
for (const client of clients) {
  if (client.missing !== false) console.error(`${client.name} is left as it was: ${client.missing}`);
  const outcomes = client.missing === false ? await client.ask(subject, kinds) : [];
  for (const [index, { name }] of kinds.entries()) {
    const outcome = outcomes[index];
    const cell = outcome ? await cellOf(subject, outcome) : before.get(name)?.get(client.name);
    cells.get(name)?.set(client.name, cell ?? "not run");
    if (outcome && "error" in outcome) console.error(`${client.name}, ${name}: ${outcome.error}`);
  }
}
const pattern = /(<!-- identities -->\n)[^]*?(<!-- \/identities -->)/;
writeFileSync(
  file,
  text.replace(pattern, (_all, open: string, close: string) => `${open}\n${formatTable(cells).join("\n")}\n\n${close}`),
);
