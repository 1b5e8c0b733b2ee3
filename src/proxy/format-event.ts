import type { ProxyEvent, RequestEvent } from "./events.ts";

/** An event as a line for a person, without colours, or `undefined` for what is better left unsaid. */
export function formatEvent(event: ProxyEvent): string | undefined {
  switch (event.type) {
    case "request":
      return formatRequest(event);
    case "token":
      return event.source === "cache"
        ? undefined
        : `token renewed for ${event.service}${event.principal === undefined ? "" : ` as ${event.principal}`}, ends ${event.expiresAt}`;
    case "token_failed":
      return [`no token for ${event.service}: ${event.message}`, event.why, event.fix && `fix: ${event.fix}`]
        .filter((part) => part !== undefined)
        .join("; ");
    case "woke": {
      const what =
        event.jumpMs > 0
          ? `woke after ${formatSpan(event.jumpMs)}`
          : `the clock went back ${formatSpan(-event.jumpMs)}`;
      const renewed = event.tokensRenewed === 0 ? "" : `, ${counted(event.tokensRenewed, "token")} renewed`;
      const lost = event.connectionsLost === 0 ? "" : `, ${counted(event.connectionsLost, "connection")} lost`;
      return `${what}${renewed}, ${counted(event.streamsKept, "stream")} kept${lost}`;
    }
    case "moved":
      return `${event.host} is at ${event.to.join(", ")} now, and was at ${event.from.join(", ")}; new connections go there`;
    case "drain":
      return `cut at the end: ${event.cut.map(({ service, method, path, ageMs }) => `${service} ${method} ${path} (${formatSpan(ageMs)})`).join(", ")}`;
  }
}

function formatRequest({
  time,
  service,
  method,
  path,
  status,
  durationMs,
  protocol,
  outcome,
  reason,
  isRetried,
}: RequestEvent): string {
  const shown = path.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character)).slice(0, 500);
  const notes = [
    protocol === "HTTP/1.1" ? undefined : protocol,
    outcome === "answered" || outcome === "local" ? undefined : outcome,
    isRetried ? "sent again with a new token" : undefined,
    reason,
  ].filter((note) => note !== undefined);
  const line = `${time.slice(11, 19)} ${service ?? "-"} ${method} ${shown} ${status} ${formatSpan(durationMs)}`;
  return notes.length === 0 ? line : `${line} (${notes.join("; ")})`;
}

function formatSpan(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
