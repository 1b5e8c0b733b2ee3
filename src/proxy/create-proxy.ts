import { hostname } from "node:os";
import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import type { Connector } from "../http/connect.ts";
import type { ServerCertificate } from "../http/tls.ts";
import { createUpstream } from "../http/upstream.ts";
import type { Upstream } from "../http/upstream.ts";
import type { DoorRules } from "./admit.ts";
import { createDoor } from "./door.ts";
import type { OpenExchange, ProxyEvent } from "./events.ts";
import { createListeners } from "./listeners.ts";
import type { Listener, ListenOptions, ProxyDoor } from "./listeners.ts";
import { createLocalSecret } from "./local-secret.ts";
import { createOpenExchanges } from "./open-exchanges.ts";
import { createService } from "./service.ts";
import type { Service, ServiceOptions } from "./service.ts";
import { createWatch } from "./watch.ts";

/** What a proxy serves, and to whom: all that can change while it runs. */
export interface ProxyPlan {
  readonly services: readonly ServiceOptions[];
  readonly listen: readonly ListenOptions[];
  /** Address of the ports. Default `127.0.0.1`. Any other asks for a secret too. */
  readonly bind?: string | undefined;
  readonly secret?: string | undefined;
  /** Origins whose pages may call and read, where a service names none of its own. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Further names under which the proxy may be addressed. */
  readonly hosts?: readonly string[] | undefined;
  /** Serves TLS beside plain HTTP. */
  readonly certificate?: ServerCertificate | undefined;
}

/** What {@link createProxy} needs. */
export interface ProxyOptions extends ProxyPlan {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly onEvent: (event: ProxyEvent) => void;
  /** Told of a bug: an exchange that threw. */
  readonly onError: (error: unknown) => void;
  /** How long a client may take to send a request's head. Default 60,000. */
  readonly headersTimeoutMs?: number | undefined;
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
  /**
   * Puts another plan in the place of the one before, whole or not at all. Streams that are open go on; those of places where
   * it listens no more have until the deadline (default 10,000).
   *
   * @throws {RunpassError} `address_in_use`, `invalid_argument`; then all is as before.
   */
  update(plan: ProxyPlan, options?: CloseOptions): Promise<void>;
  /** Lets open exchanges end within `deadlineMs` (default 10,000), then cuts the rest and tells what it was. Idempotent. */
  close(options?: CloseOptions): Promise<readonly OpenExchange[]>;
}

export interface CloseOptions {
  readonly deadlineMs?: number | undefined;
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
  const { connector, clock, onEvent, onError, headersTimeoutMs } = options;
  const open = createOpenExchanges();
  let rules: DoorRules;
  let certificate: ServerCertificate | undefined;
  let services: ReadonlyMap<string, Service> = new Map();
  /** Their streams go on. */
  const retired: Upstream[] = [];
  const ending = new Set<Promise<unknown>>();
  const watch = createWatch({ clock, services: () => [...services.values()], streams: open.count, onEvent });
  const listeners = createListeners({
    onError,
    certificateFor: () => certificate,
    ...(headersTimeoutMs === undefined ? {} : { headersTimeoutMs }),
    doorFor: (names) =>
      createDoor({
        rules: () => rules,
        services: () => names().flatMap((name) => services.get(name) ?? []),
        context: { clock, open: createOpenExchanges(open), onEvent },
      }),
  });
  let closing: Promise<readonly OpenExchange[]> | undefined;
  try {
    await update(options);
  } catch (error) {
    watch.stop();
    throw error;
  }

  return {
    get doors() {
      const doors = listeners.list();
      if (certificate === undefined) return doors;
      return doors.map((door) => ({ ...door, url: door.url.replace(/^http:/, "https:") }));
    },
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
    update,
    close: (closeOptions) => (closing ??= close(closeOptions)),
    [Symbol.asyncDispose]: async () => {
      await (closing ??= close());
    },
  };

  async function update(plan: ProxyPlan, { deadlineMs = 10_000 }: CloseOptions = {}): Promise<void> {
    const { bind = "127.0.0.1", listen } = plan;
    if (isBeyondLoopback(bind) && plan.secret === undefined) throw needsSecret(bind);
    const takeOver = await listeners.open(listen, bind);
    rules = doorRules(plan, bind);
    certificate = plan.certificate;
    const before = services;
    services = new Map(plan.services.map((service) => [service.name, makeService(service, before.get(service.name))]));
    const kept = new Set([...services.values()].map(({ upstream }) => upstream));
    retired.push(...[...before.values()].map(({ upstream }) => upstream).filter((upstream) => !kept.has(upstream)));
    const left = takeOver();
    if (closing !== undefined) {
      // It ended while the new places were opened.
      await Promise.all([...left, ...listeners.inUse()].map(({ server }) => server.close({ deadlineMs: 0 })));
      return;
    }
    if (left.length === 0) return;
    const end = endListeners(left, deadlineMs).finally(() => ending.delete(end));
    ending.add(end);
  }

  /** Connections know no identity: those to the same address are kept. */
  function makeService(service: ServiceOptions, before: Service | undefined): Service {
    const { hosts = [], corsOrigins } = service;
    return createService(service, {
      clock,
      onEvent,
      rules: {
        ...rules,
        hosts: new Set([...rules.hosts, ...lowerCase(hosts)]),
        ...(corsOrigins === undefined ? {} : { corsOrigins: lowerCase(corsOrigins) }),
      },
      upstream:
        before?.target.origin === new URL(service.origin).origin
          ? before.upstream
          : createUpstream({ target: new URL(service.origin), connector }),
    });
  }

  async function endListeners(ended: readonly Listener[], deadlineMs: number): Promise<readonly OpenExchange[]> {
    let cut: readonly OpenExchange[] = [];
    // A moment before the servers cut: then it is still known what was open.
    const timer = setTimeout(
      () => {
        cut = ended.flatMap(({ door }) => door.open.list());
      },
      Math.max(0, deadlineMs - 10),
    );
    await Promise.all(ended.map(({ server }) => server.close({ deadlineMs })));
    clearTimeout(timer);
    if (cut.length > 0) onEvent({ type: "drain", cut });
    return cut;
  }

  async function close({ deadlineMs = 10_000 }: CloseOptions = {}): Promise<readonly OpenExchange[]> {
    watch.stop();
    const cut = await endListeners(listeners.inUse(), deadlineMs);
    await Promise.all(ending);
    for (const upstream of [...[...services.values()].map((service) => service.upstream), ...retired]) upstream.close();
    return cut;
  }
}

function doorRules({ hosts = [], corsOrigins = [], secret }: ProxyPlan, bind: string): DoorRules {
  return {
    hosts: lowerCase([...hosts, ...(isBeyondLoopback(bind) ? [hostname()] : [])]),
    isBeyondLoopback: isBeyondLoopback(bind),
    corsOrigins: lowerCase(corsOrigins),
    secret: secret === undefined ? undefined : createLocalSecret(secret),
  };
}

function isBeyondLoopback(address: string): boolean {
  return !/^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(address);
}

function lowerCase(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.map((text) => text.toLowerCase()));
}

function needsSecret(bind: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: `The proxy does not listen on ${bind} without a secret`,
    why: "whoever reaches it would call your services as you",
    fix: "Add --secret FILE, or leave --bind out",
  });
}
