import type { ResponseHead } from "../../google/google-page.ts";

/**
 * The final responses of a server in curl's header dump: interim ones (1xx) and a proxy's answer to CONNECT left out, and
 * whatever came after a redirect to another origin, since that speaks for another server.
 */
export function readResponseHeads(dump: string, origin: string): ResponseHead[] {
  const result: ResponseHead[] = [];
  for (const block of dump.split(/\r?\n\r?\n/)) {
    const [first = "", ...lines] = block.split(/\r?\n/);
    const status = /^HTTP\/[\d.]+ (\d{3})(?: (.*))?$/.exec(first);
    if (!status || status[1]!.startsWith("1") || /^connection established$/i.test(status[2] ?? "")) continue;
    const head = { status: Number(status[1]), headers: new Map(lines.flatMap(readLine)) };
    result.push(head);
    if (head.status >= 300 && head.status < 400 && leavesOrigin(head.headers.get("location"), origin)) break;
  }
  return result;
}

function readLine(line: string): [string, string][] {
  const colon = line.indexOf(":");
  return colon < 1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]];
}

function leavesOrigin(location: string | undefined, origin: string): boolean {
  return location !== undefined && URL.canParse(location, origin) && new URL(location, origin).origin !== origin;
}
