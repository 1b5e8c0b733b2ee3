import type { RequestListener } from "node:http";
import { homedir } from "node:os";
import type { TestContext } from "node:test";
import { createMovableClock } from "../../src/core/clock.ts";
import type { MovableClock } from "../../src/core/clock.ts";
import { silentLogger } from "../../src/core/context.ts";
import type { Context } from "../../src/core/context.ts";
import type { Environment } from "../../src/core/environment.ts";
import { resolveCredential } from "../../src/credentials/resolve.ts";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { createConnector } from "../../src/http/connect.ts";
import { createFetch } from "../../src/http/fetch.ts";
import { createProxy } from "../../src/proxy/create-proxy.ts";
import type { Proxy, ProxyOptions } from "../../src/proxy/create-proxy.ts";
import type { ProxyEvent } from "../../src/proxy/events.ts";
import type { AuthHeader } from "../../src/proxy/request-fields.ts";
import { getIdToken } from "../../src/tokens/id-tokens.ts";
import type { IdToken } from "../../src/tokens/id-tokens.ts";
import { startBackend } from "./loopback.ts";

/** A proxy in this process, led to an emulator by the same variables and the same code as to Google. */
export interface ProxySubject extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly clock: MovableClock;
  readonly proxy: Proxy;
  /** `http://127.0.0.1:PORT` of the first service. */
  readonly url: string;
  readonly port: number;
  readonly events: readonly ProxyEvent[];
  /** Settles with the next event that fits, one that was told already included. */
  event<T extends ProxyEvent["type"]>(
    type: T,
    fits?: (event: Extract<ProxyEvent, { type: T }>) => boolean,
  ): Promise<Extract<ProxyEvent, { type: T }>>;
  /** How often a token was asked of Google. */
  readonly fetched: { count: number };
}

export interface ProxySubjectOptions extends Partial<Omit<ProxyOptions, "services" | "clock" | "onEvent">> {
  /** What stands behind the service: `http://…`, or `h2c://…` for HTTP/2 in the clear. Default: the emulator's echo. */
  readonly backend?: string;
  /** Where requests go instead of to the emulator. */
  readonly origin?: string;
  readonly authHeader?: AuthHeader;
  /** As whom: default the service account, which may call. */
  readonly as?: "invoker" | "dev";
  /** In the place of the tokens that Google gives. */
  readonly fetchToken?: (isFresh: boolean, real: (isFresh: boolean) => Promise<IdToken>) => Promise<IdToken>;
}

/** The default world, in which `invoker` may call and `dev` may act as it. */
export function callableWorld(backend?: string): World {
  return {
    ...defaultWorld,
    serviceAccounts: defaultWorld.serviceAccounts.map((account) => ({
      ...account,
      bindings: [{ role: "roles/iam.serviceAccountOpenIdTokenCreator", members: ["user:dev@example.com"] }],
    })),
    services: defaultWorld.services.map((service) => ({
      ...service,
      ...(backend === undefined ? {} : { backend: backend.replace("h2c:", "http:") }),
      ...(backend?.startsWith("h2c:") === true ? { protocol: "h2c" as const } : {}),
      bindings: [
        {
          role: "roles/run.invoker",
          members: ["serviceAccount:invoker@demo-project.iam.gserviceaccount.com"],
        },
      ],
    })),
  };
}

export async function startProxy(options: ProxySubjectOptions = {}): Promise<ProxySubject> {
  const { backend, origin: otherOrigin, authHeader, as = "invoker", fetchToken, ...proxyOptions } = options;
  const clock = createMovableClock();
  const emulator = await createEmulator(callableWorld(backend), { clock });
  const variables = await emulator.prepareEnvironment();
  const environment: Environment = { variables, homeDir: homedir(), platform: process.platform };
  const context: Context = { environment, clock, fetch: createFetch({ environment }), log: silentLogger };
  const credential = await resolveCredential(context, {});
  const origin = emulator.serviceUrl("my-service");
  const fetched = { count: 0 };
  const events: ProxyEvent[] = [];
  const waiting = new Set<(event: ProxyEvent) => void>();
  const real = (isFresh: boolean): Promise<IdToken> => {
    fetched.count += 1;
    return getIdToken(context, {
      credential,
      ...(as === "invoker" ? { audience: origin, impersonate: ["invoker@demo-project.iam.gserviceaccount.com"] } : {}),
      cache: !isFresh,
    });
  };
  const creating = createProxy({
    listen: [{ at: 0, services: ["my-service"] }],
    connector: createConnector({ environment }),
    onError: (error) => {
      throw error;
    },
    ...proxyOptions,
    services: [
      {
        name: "my-service",
        origin: otherOrigin ?? origin,
        authHeader,
        fetchToken: fetchToken === undefined ? real : (isFresh) => fetchToken(isFresh, real),
      },
    ],
    clock,
    onEvent: (event) => {
      events.push(event);
      for (const wake of waiting) wake(event);
    },
  });
  const proxy = await creating.catch(async (error: unknown) => {
    await emulator.close();
    throw error;
  });
  const [door] = proxy.doors;
  return {
    emulator,
    clock,
    proxy,
    url: door?.url ?? "",
    port: door?.port ?? 0,
    events,
    fetched,
    event: (type, fits = () => true) =>
      new Promise((resolve) => {
        const take = (event: ProxyEvent): void => {
          if (event.type !== type || !fits(event as never)) return;
          waiting.delete(take);
          resolve(event as never);
        };
        waiting.add(take);
        for (const event of events) take(event);
      }),
    [Symbol.asyncDispose]: async () => {
      await proxy.close({ deadlineMs: 0 });
      await emulator.close();
    },
  };
}

/** One for the time of a test, before a backend of the test's own where it says how that answers. */
export async function startProxyFor(
  t: TestContext,
  options: ProxySubjectOptions = {},
  onRequest?: RequestListener,
): Promise<ProxySubject> {
  const backend = onRequest === undefined ? undefined : await startBackend(onRequest);
  const subject = await startProxy({ ...options, ...(backend === undefined ? {} : { backend: backend.url.href }) });
  t.after(async () => {
    await subject[Symbol.asyncDispose]();
    await backend?.[Symbol.asyncDispose]();
  });
  return subject;
}
