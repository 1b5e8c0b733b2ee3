import { createFetch } from "../../../src/http/fetch.ts";
import { adcClientId, gcloudClientId } from "../../../src/google/oauth.ts";
import type { Subject } from "../fixture.ts";
import type { Outcome } from "./clients.ts";

/** The cells of the table, by the name of the kind and of the client. */
export type Cells = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `ID token · the service · 200`: what it is, whom it is made out to, and what the gate says to it; `none` where there is none. */
export async function cellOf(subject: Subject, outcome: Outcome): Promise<string> {
  if ("error" in outcome) return "none";
  const fetch = createFetch({
    environment: { variables: subject.variables, homeDir: "/nonexistent", platform: process.platform },
  });
  const { status } = await fetch(subject.serviceUrl, { headers: { authorization: `Bearer ${outcome.token}` } });
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(outcome.token) ?? [];
  if (payload === undefined) return `access token · ${status}`;
  const { aud } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { aud: string };
  return `ID token · ${audiences(subject)[aud] ?? "something else"} · ${status}`;
}

function audiences({ serviceUrl }: Subject): Readonly<Record<string, string>> {
  return { [serviceUrl]: "the service", [gcloudClientId]: "gcloud's client", [adcClientId]: "ADC's client" };
}

/** The table as Markdown, without padding. */
export function formatTable(cells: Cells): string[] {
  const names = [...new Set([...cells.values()].flatMap((row) => [...row.keys()]))];
  const line = (first: string, rest: readonly string[]): string => `| ${[first, ...rest].join(" | ")} |`;
  return [
    line("credential", names),
    line(
      "-",
      names.map(() => "-"),
    ),
    ...[...cells].map(([kind, row]) =>
      line(
        kind,
        names.map((name) => row.get(name) ?? "not run"),
      ),
    ),
  ];
}

/** Reads what {@link formatTable} wrote. */
export function parseTable(text: string): Cells {
  const rows = text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  const [[, ...names] = [], , ...body] = rows;
  return new Map(
    body.map(([kind = "", ...row]) => [kind, new Map(names.map((name, index) => [name, row[index] ?? "not run"]))]),
  );
}
