import { chmod, rm } from "node:fs/promises";
import { connect } from "node:net";
import { hostname } from "node:os";
import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import type { Connector } from "../http/connect.ts";
import { createLocalServer } from "../http/server.ts";
import type { LocalServer } from "../http/server.ts";
import type { ServerCertificate } from "../http/tls.ts";
import type { DoorRules } from "./admit.ts";
import { createDoor } from "./door.ts";
import type { OpenExchange, ProxyEvent } from "./events.ts";
import { createLocalSecret } from "./local-secret.ts";
import { createOpenExchanges } from "./open-exchanges.ts";
import { createService } from "./service.ts";
import type { Service, ServiceOptions } from "./service.ts";
import { createWatch } from "./watch.ts";

/** Where a proxy listens, and for which services. */
export interface ListenOptions {
  /** A port, 0 for a free one, or the path of a Unix socket (0600). */
  readonly at: number | string;
  /** Where the port is taken, the next free one will do, out of a hundred. Default false. */
  readonly isSearching?: boolean | undefined;
  /** Names of services: one gets every request, several are told apart by host. */
  readonly services: readonly string[];
}

/** What {@link createProxy} needs. */
export interface ProxyOptions {
  readonly services: readonly ServiceOptions[];
  readonly listen: readonly ListenOptions[];
  readonly connector: Connector;
  readonly clock: Clock;
  readonly onEvent: (event: ProxyEvent) => void;
  /** Told of a bug: an exchange that threw. */
  readonly onError: (error: unknown) => void;
  /** Address to bind. Default `127.0.0.1`. Any other asks for a secret too. */
  readonly bind?: string | undefined;
  readonly secret?: string | undefined;
  /** Origins whose pages may call and read. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Further names under which the proxy may be addressed. */
  readonly hosts?: readonly string[] | undefined;
  /** How long a client may take to send a request's head. Default 60,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** Serves TLS beside plain HTTP. */
  readonly certificate?: ServerCertificate | undefined;
}

/** A running proxy. */
export interface Proxy extends AsyncDisposable {
  /** One a {@link ListenOptions}, in their order. */
  readonly doors: readonly ProxyDoor[];
  readonly services: () => readonly ServiceState[];
  /** Gets each service's first token. @throws {RunpassError} why one cannot be had. */
  prepare(): Promise<void>;
  /** Requests and streams that are not over. */
  openCount(): number;
  /** Looks at the clock: renews tokens ahead, and after a sleep looks whether connections still stand. Runs by itself every few seconds. */
  tick(): Promise<void>;
  /** Puts services in the place of those with the same names: identity and address. Streams that are open go on. */
  replace(services: readonly ServiceOptions[]): void;
  /** Lets open exchanges end within `deadlineMs` (default 10,000), then cuts the rest and tells what it was. Idempotent. */
  close(options?: { readonly deadlineMs?: number | undefined }): Promise<readonly OpenExchange[]>;
}

export interface ProxyDoor {
  /** `http://127.0.0.1:PORT`, or `unix:PATH`. */
  readonly url: string;
  readonly port?: number | undefined;
  readonly services: readonly string[];
}

/** How a service fares. */
export interface ServiceState {
  readonly name: string;
  readonly origin: string;
  /** When its token ends: milliseconds since the Unix epoch. */
  readonly expiresAtMs?: number | undefined;
  /** Why there is none. */
  readonly failure?: RunpassError | undefined;
}

/**
 * Starts a proxy: local doors that give each request an ID token and send it on to its service.
 *
 * @throws {RunpassError} `address_in_use`; `invalid_argument` for an address beyond loopback without a secret.
 */
export async function createProxy(options: ProxyOptions): Promise<Proxy> {
  const { connector, clock, onEvent, bind = "127.0.0.1", secret } = options;
  const isBeyondLoopback = !/^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(bind);
  if (isBeyondLoopback && secret === undefined) throw needsSecret(bind);
  const rules: DoorRules = {
    hosts: new Set(
      [...(options.hosts ?? []), ...(isBeyondLoopback ? [hostname()] : [])].map((name) => name.toLowerCase()),
    ),
    isBeyondLoopback,
    corsOrigins: new Set((options.corsOrigins ?? []).map((origin) => origin.toLowerCase())),
    secret: secret === undefined ? undefined : createLocalSecret(secret),
  };
  const open = createOpenExchanges();
  const wiring = { connector, clock, onEvent };
  const services = new Map<string, Service>();
  const retired: Service[] = [];
  for (const service of options.services) services.set(service.name, createService(service, wiring));
  const watch = createWatch({ clock, services: () => [...services.values()], streams: open.count, onEvent });
  const servers: LocalServer[] = [];
  let closing: Promise<readonly OpenExchange[]> | undefined;
  try {
    for (const listen of options.listen) servers.push(await openDoor(listen));
  } catch (error) {
    await close({ deadlineMs: 0 });
    throw error;
  }

  return {
    doors: servers.map(({ port, url }, index) => {
      const { at, services: names } = options.listen[index] as ListenOptions;
      return typeof at === "string" ? { url: `unix:${at}`, services: names } : { url, port, services: names };
    }),
    services: () =>
      [...services.values()].map(({ name, target, tokens }) => ({
        name,
        origin: target.origin,
        expiresAtMs: tokens.expiresAtMs,
        failure: tokens.failure,
      })),
    prepare: async () => {
      await Promise.all([...services.values()].map(({ tokens }) => tokens.get()));
    },
    openCount: open.count,
    tick: watch.tick,
    replace: (replacements) => {
      for (const replacement of replacements) {
        const before = services.get(replacement.name);
        if (before) retired.push(before); // its streams go on
        services.set(replacement.name, createService(replacement, wiring));
      }
    },
    close: (closeOptions) => (closing ??= close(closeOptions)),
    [Symbol.asyncDispose]: async () => {
      await (closing ??= close());
    },
  };

  async function openDoor({ at, isSearching = false, services: names }: ListenOptions): Promise<LocalServer> {
    const door = createDoor({
      rules,
      services: () => names.flatMap((name) => services.get(name) ?? []),
      context: { clock, open, onEvent },
    });
    const { certificate, onError } = options;
    const common = {
      ...door,
      onError,
      ...(options.headersTimeoutMs === undefined ? {} : { headersTimeoutMs: options.headersTimeoutMs }),
      ...(certificate === undefined ? {} : { certificateFor: () => certificate }),
    };
    if (typeof at === "string") {
      await removeStale(at);
      const server = await createLocalServer({ ...common, port: 0, path: at });
      await chmod(at, 0o600);
      return server;
    }
    for (let port = at; ; port++) {
      try {
        return await createLocalServer({ ...common, host: bind, port });
      } catch (error) {
        const isTaken = error instanceof RunpassError && error.code === "address_in_use";
        if (!isTaken || !isSearching || port >= Math.min(at + 100, 65_535)) throw error;
      }
    }
  }

  async function close({ deadlineMs = 10_000 }: { readonly deadlineMs?: number | undefined } = {}): Promise<
    readonly OpenExchange[]
  > {
    watch.stop();
    let cut: readonly OpenExchange[] = [];
    // A moment before the servers cut: then it is still known what was open.
    const timer = setTimeout(
      () => {
        cut = open.list();
      },
      Math.max(0, deadlineMs - 10),
    );
    await Promise.all(servers.map((server) => server.close({ deadlineMs })));
    clearTimeout(timer);
    for (const { upstream } of [...services.values(), ...retired]) upstream.close();
    if (cut.length > 0) onEvent({ type: "drain", cut });
    return cut;
  }
}

/** A Unix socket that nobody listens on is left by a process that was killed. */
async function removeStale(path: string): Promise<void> {
  const isStale = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
  if (isStale) await rm(path, { force: true });
}

function needsSecret(bind: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `The proxy does not listen on ${bind} without a secret`,
    why: "whoever reaches it would call your services as you",
    fix: "Add --secret FILE, or leave --bind out",
  });
}
