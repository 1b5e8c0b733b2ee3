import { RunpassError } from "../../core/errors.ts";
import type { LocalServer } from "../../http/server.ts";
import { createAdmin } from "../../proxy/admin.ts";
import type { Proxy } from "../../proxy/create-proxy.ts";
import type { ProxyEvent } from "../../proxy/events.ts";
import { formatEvent } from "../../proxy/format-event.ts";
import type { ListenOptions } from "../../proxy/listeners.ts";
import { createMetrics } from "../../proxy/metrics.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { openProxy, planProxy } from "../proxy/open-proxy.ts";
import { readProxyFile } from "../proxy/read-proxy-file.ts";
import { readProxyTargets } from "../proxy/read-targets.ts";
import type { ProxyTarget } from "../proxy/read-targets.ts";
import { openSession, requireTargetText } from "../session.ts";
import type { Settings } from "../command-line/settings.ts";
import { usageError } from "../command-line/usage-error.ts";

/** Where a proxy listens unless told otherwise. */
const defaultPort = 8080;

export const execute: Execute = async (invocation) => {
  const { io, printer } = invocation;
  const { settings, targets } = await readCall(invocation);
  if (settings.has("show-gcloud")) {
    for (const { text, at } of targets)
      printer.line(`gcloud run services proxy ${text}${at === undefined ? "" : ` --port ${at}`}`);
    return;
  }
  const metrics = createMetrics();
  const call = { ...invocation, settings };
  let adminPort = readAdminPort(settings);
  let drainMs = readDrainMs(settings);
  const proxy = await openProxy(call, {
    session: openSession(call),
    targets,
    listen: listenOptions(settings, targets),
    onEvent: (event) => {
      metrics.count(event);
      tell(invocation, event);
    },
  });
  const openAdmin = async (port: number | undefined): Promise<LocalServer | undefined> =>
    port === undefined ? undefined : createAdmin({ port, proxy, metrics });
  let admin = await openAdmin(adminPort);
  announce(invocation, proxy, admin?.url);
  proxy.prepare().catch(() => {}); // so that the first request need not wait; what fails has been told as an event
  await waitForEnd(invocation, async () => {
    const renewed = await readCall(invocation);
    const renewedCall = { ...invocation, settings: renewed.settings };
    const plan = await planProxy(renewedCall, {
      session: openSession(renewedCall),
      targets: renewed.targets,
      listen: listenOptions(renewed.settings, renewed.targets),
    });
    const nextPort = readAdminPort(renewed.settings);
    const nextAdmin = nextPort === adminPort ? admin : await openAdmin(nextPort);
    try {
      await proxy.update(plan, { deadlineMs: drainMs });
    } catch (error) {
      if (nextAdmin !== admin) await nextAdmin?.close();
      throw error;
    }
    if (nextAdmin !== admin) await admin?.close();
    [adminPort, admin] = [nextPort, nextAdmin];
    drainMs = readDrainMs(renewed.settings);
    announceChange(invocation, proxy, admin?.url);
  });
  const count = proxy.openCount();
  if (count > 0 && !settings.quiet)
    printer.note(`waiting up to ${drainMs / 1_000} s for ${count} open requests; again to end at once`);
  const stopHurrying = io.onSignal(() => process.exit(130));
  await proxy.close({ deadlineMs: drainMs });
  await admin?.close();
  stopHurrying();
};

/** What to serve: the words of the call, else a file, else `RUN_SERVICE`. */
async function readCall(
  invocation: Invocation,
): Promise<{ readonly settings: Settings; readonly targets: readonly ProxyTarget[] }> {
  const { io, settings, arguments: words } = invocation;
  if (words.length > 0 && settings.source("file") === "--file") {
    throw usageError("A TARGET and --file do not go together", "Leave one of them out: the file names what is served.");
  }
  const file = words.length > 0 ? undefined : await readProxyFile(invocation);
  if (file !== undefined) return file;
  const named = words.length > 0 ? words : [requireTargetText(undefined, io, "runpass proxy my-service")];
  return { settings, targets: readProxyTargets(named) };
}

/** A port of their own for those that have one; all others share one. */
function listenOptions(settings: Settings, targets: readonly ProxyTarget[]): ListenOptions[] {
  const port = readNumber(settings, "port", defaultPort, 65_535);
  const isSearching = settings.has("port-search");
  const shared = targets.filter(({ at }) => at === undefined).map(({ name }) => name);
  return [
    ...(shared.length === 0 ? [] : [{ at: port, isSearching, services: shared }]),
    ...targets.flatMap(({ at, name }) => (at === undefined ? [] : [{ at, isSearching, services: [name] }])),
  ];
}

function announce(invocation: Invocation, proxy: Proxy, adminUrl: string | undefined): void {
  const { printer, settings } = invocation;
  if (settings.format === "json") {
    printer.compact({ type: "ready", time: new Date().toISOString(), doors: proxy.doors, adminUrl });
    return;
  }
  listDoors(invocation, proxy, adminUrl);
}

function announceChange(invocation: Invocation, proxy: Proxy, adminUrl: string | undefined): void {
  const { printer, settings } = invocation;
  if (settings.format === "json") {
    printer.compact({ type: "reloaded", time: new Date().toISOString(), doors: proxy.doors, adminUrl });
    return;
  }
  printer.note("read identity and configuration anew; open streams go on");
  listDoors(invocation, proxy, adminUrl);
}

/** An address a service, and that of metrics and health. */
function listDoors({ printer }: Invocation, proxy: Proxy, adminUrl: string | undefined): void {
  const origins = new Map(proxy.services().map(({ name, origin }) => [name, origin]));
  const { bold, dim } = printer.noteStyle;
  for (const { url, services } of proxy.doors) {
    for (const name of services) {
      const address = services.length === 1 ? url : url.replace(/^(https?:\/\/)[^:]+/, `$1${name}.localhost`);
      printer.note(`${bold(address)}  ${dim(`→ ${name}, ${origins.get(name) ?? ""}`)}`);
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

/** Until SIGINT or SIGTERM; SIGHUP reads everything anew, one after the other, and a mistake leaves things as they were. */
function waitForEnd({ io, printer }: Invocation, reload: () => Promise<void>): Promise<void> {
  let reloading: Promise<void> = Promise.resolve();
  return new Promise((resolve) => {
    const stopListening = io.onSignal((signal) => {
      if (signal === "SIGHUP") {
        reloading = reloading
          .then(reload)
          .catch((error: unknown) => printer.log.warn(`all stays as it was: ${textOf(error)}`));
        return;
      }
      stopListening();
      resolve();
    });
  });
}

function textOf(error: unknown): string {
  if (!(error instanceof RunpassError)) return error instanceof Error ? error.message : String(error);
  return [error.message, error.why, error.fix].filter((part) => part !== undefined).join("; ");
}

function readAdminPort(settings: Settings): number | undefined {
  return settings.has("admin-port") ? readNumber(settings, "admin-port", 0, 65_535) : undefined;
}

function readDrainMs(settings: Settings): number {
  return readNumber(settings, "drain-timeout", 10, 86_400) * 1_000;
}

function readNumber(
  settings: Settings,
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
