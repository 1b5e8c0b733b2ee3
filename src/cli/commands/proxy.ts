import { createAdmin } from "../../proxy/admin.ts";
import type { ListenOptions, Proxy } from "../../proxy/create-proxy.ts";
import type { ProxyEvent } from "../../proxy/events.ts";
import { formatEvent } from "../../proxy/format-event.ts";
import { createMetrics } from "../../proxy/metrics.ts";
import type { Execute, Invocation } from "../command.ts";
import { findServices, openProxy } from "../proxy/open-proxy.ts";
import { readProxyTargets } from "../proxy/read-targets.ts";
import type { ProxyTarget } from "../proxy/read-targets.ts";
import { openSession, requireTargetText } from "../session.ts";
import { usageError } from "../usage-error.ts";

/** Where a proxy listens unless told otherwise. */
const defaultPort = 8080;

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const words =
    invocation.arguments.length > 0
      ? invocation.arguments
      : [requireTargetText(undefined, io, "runpass proxy my-service")];
  const targets = readProxyTargets(words);
  const session = openSession(invocation);
  const drainMs = readNumber(invocation, "drain-timeout", 10, 86_400) * 1_000;
  const adminPort = settings.has("admin-port") ? readNumber(invocation, "admin-port", 0, 65_535) : undefined;
  if (settings.has("show-gcloud")) {
    for (const { text, at } of targets)
      printer.line(`gcloud run services proxy ${text}${at === undefined ? "" : ` --port ${at}`}`);
    return;
  }
  const metrics = createMetrics();
  const proxy = await openProxy(invocation, {
    session,
    targets,
    listen: listenOptions(targets, readNumber(invocation, "port", defaultPort, 65_535), settings.has("port-search")),
    onEvent: (event) => {
      metrics.count(event);
      tell(invocation, event);
    },
  });
  const admin = adminPort === undefined ? undefined : await createAdmin({ port: adminPort, proxy, metrics });
  announce(invocation, proxy, admin?.url);
  await waitForEnd(invocation, async () => {
    const renewed = openSession(invocation);
    proxy.replace(await findServices(invocation, renewed, targets));
    printer.note("read identity and configuration anew; open streams go on");
  });
  const count = proxy.openCount();
  if (count > 0 && !settings.quiet)
    printer.note(`waiting up to ${drainMs / 1_000} s for ${count} open requests; again to end at once`);
  const stopHurrying = io.onSignal(() => process.exit(130));
  await proxy.close({ deadlineMs: drainMs });
  await admin?.close();
  stopHurrying();
};

/** A port of their own for those that have one; all others share one. */
function listenOptions(targets: readonly ProxyTarget[], port: number, isSearching: boolean): ListenOptions[] {
  const shared = targets.filter(({ at }) => at === undefined).map(({ name }) => name);
  return [
    ...(shared.length === 0 ? [] : [{ at: port, isSearching, services: shared }]),
    ...targets.flatMap(({ at, name }) => (at === undefined ? [] : [{ at, isSearching, services: [name] }])),
  ];
}

function announce({ printer, settings }: Invocation, proxy: Proxy, adminUrl: string | undefined): void {
  const states = new Map(proxy.services().map((state) => [state.name, state]));
  if (settings.format === "json") {
    const doors = proxy.doors.map(({ url, services }) => ({ url, services }));
    printer.compact({ type: "ready", time: new Date().toISOString(), doors, adminUrl });
    return;
  }
  const { bold, dim } = printer.noteStyle;
  for (const { url, services } of proxy.doors) {
    for (const name of services) {
      const address = services.length === 1 ? url : url.replace(/^(https?:\/\/)[^:]+/, `$1${name}.localhost`);
      printer.note(`${bold(address)}  ${dim(`→ ${name}, ${states.get(name)?.origin ?? ""}`)}`);
    }
  }
  if (adminUrl !== undefined) printer.note(dim(`metrics and health: ${adminUrl}/metrics`));
}

function tell({ printer, settings }: Invocation, event: ProxyEvent): void {
  if (settings.format === "json") {
    if (!settings.quiet || event.type !== "request") printer.compact({ time: new Date().toISOString(), ...event });
    return;
  }
  if (settings.quiet && (event.type === "request" || event.type === "token")) return;
  const line = formatEvent(event);
  if (line !== undefined) printer.note(event.type === "request" ? line : printer.noteStyle.dim(line));
}

/** Until SIGINT or SIGTERM; SIGHUP reads configuration anew, and a mistake in it leaves things as they were. */
function waitForEnd({ io, printer }: Invocation, reload: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const stopListening = io.onSignal((signal) => {
      if (signal === "SIGHUP") {
        reload().catch((error: unknown) =>
          printer.log.warn(`nothing was read anew: ${error instanceof Error ? error.message : String(error)}`),
        );
        return;
      }
      stopListening();
      resolve();
    });
  });
}

function readNumber(
  { settings }: Invocation,
  name: "port" | "admin-port" | "drain-timeout",
  otherwise: number,
  most: number,
): number {
  const text = settings.text(name);
  if (text === undefined) return otherwise;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= most) return number;
  throw usageError(`--${name} cannot be ${JSON.stringify(text)}`, `Give a number up to ${most}.`);
}
