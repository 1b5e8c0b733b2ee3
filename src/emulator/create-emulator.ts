import { randomBytes } from "node:crypto";
import { createMovableClock } from "../core/clock.ts";
import { loadConditions } from "../gate/condition.ts";
import { loadCel } from "../google/cel.ts";
import { createLocalServer } from "../http/server.ts";
import { createBackends } from "./backends/backends.ts";
import { createCertificateAuthority } from "./certificates/certificates.ts";
import { overParent } from "./child-environment.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { createControl } from "./control.ts";
import type { Emulator, EmulatorOptions } from "./emulator.ts";
import { hasExpressions } from "./federation/pools.ts";
import { createFrontEnd } from "./front-end.ts";
import { keepClock } from "./kept-clock.ts";
import { formatLocalHost } from "./local-host.ts";
import { createMetadataServer } from "./metadata/metadata-server.ts";
import type { MetadataServer, MetadataServerOptions } from "./metadata/metadata-server.ts";
import type { Workload } from "./metadata/tree.ts";
import { createModel } from "./model.ts";
import { openStore } from "./state/open-store.ts";
import { clockKind, denyPolicyKind, policyKind, troubleKind, worldKind } from "./state/records.ts";
import { createOwnEnvironment } from "./own-environment.ts";
import { push } from "./push/push.ts";
import { createServing } from "./serving.ts";
import type { Store } from "./state/store.ts";
import { findTroubleMistake } from "./trouble/fault-check.ts";
import { createTrace } from "./trace.ts";
import { hasConditions } from "./world/world-check.ts";
import { defaultWorld } from "./world/world.ts";
import type { World } from "./world/world.ts";

/**
 * Starts Google's side of private Cloud Run services in this process, on one port of this machine.
 *
 * @param given What it holds, unless `dataDir` holds a state already. Default: a project with one private service, a service
 * account and two users.
 * @throws {RunpassError} `address_in_use` when the port is taken, `invalid_argument` when the world does not hold together,
 * `state_unusable` when what `dataDir` holds is damaged, in use or of a newer version.
 * @example
 * await using emulator = await createEmulator();
 * const variables = await emulator.prepareEnvironment();
 * spawn("curl", ["-s", emulator.serviceUrl("my-service")], { env: { ...process.env, ...variables } }); // 403 Forbidden
 */
export async function createEmulator(given?: World, options: EmulatorOptions = {}): Promise<Emulator> {
  const store = openStore(options.dataDir);
  try {
    return await createOnStore(store, given, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function createOnStore(store: Store, given: World | undefined, options: EmulatorOptions): Promise<Emulator> {
  const { port = 0, passthrough = false, clock: baseClock = createMovableClock(), parent = process.env } = options;
  const isNew = store.get(worldKind, "world") === undefined;
  const world = (): World => store.get(worldKind, "world")?.value ?? given ?? defaultWorld;
  const clock = keepClock(baseClock, store);
  if (hasConditions([...new Set([given, world()]), store.list(policyKind), store.list(denyPolicyKind)]))
    await loadConditions();
  if (given && hasExpressions(given)) await loadCel();
  const adminSecret = randomBytes(32).toString("base64url");
  const trace = createTrace();
  const closingSoon = new AbortController();
  const model = createModel(world(), clock, () => server.port, store);
  await store.settled();
  const backends = createBackends({
    store,
    parent,
    environment: () => environment.prepare(),
    startMetadataServer,
    log: options.log ?? ((line) => void process.stderr.write(`${line}\n`)),
    random: Math.random,
  });
  const serving = createServing({
    routes: model,
    frontEnd: createFrontEnd({
      gate: model,
      backends,
      faults: model.faults,
      closing: closingSoon.signal,
      trace,
      clock,
      port: () => server.port,
    }),
    faults: model.faults,
    closing: closingSoon.signal,
    answerApi: model.answer,
    answerControl: (call) => control(call),
    answerMetadata: (call) => model.answerMetadata(call, workloadOf(world().defaults.serviceAccount)),
    adminSecret,
    passthrough,
    server: () => server,
  });
  const authority = createCertificateAuthority();
  const server = await createLocalServer({
    port,
    ...serving.handlers,
    certificateFor: authority.certificateFor,
  });

  const environment = createOwnEnvironment({
    model,
    defaults: () => world().defaults,
    server,
    caCertificate: authority.certificate,
    parent,
    adminSecret,
  });
  const metadataServers = new Set<MetadataServer>();
  let closing: Promise<void> | undefined;
  const { promise: closed, resolve: settleClosed } = Promise.withResolvers<void>();

  const emulator: Emulator = {
    url: server.url,
    port: server.port,
    get world() {
      return world();
    },
    clock,
    caCertificate: authority.certificate,
    adminSecret,
    closed,
    serviceUrl: (service, region) => model.urlOf(model.findService(service, region)),
    localUrl: (service, region) =>
      `http://${formatLocalHost(model.findService(service, region), model.services())}:${server.port}`,
    faults: model.faults,
    trouble: () => store.get(troubleKind, "trouble")?.value ?? {},
    setTrouble: async (change) => {
      const mistake = findTroubleMistake(change);
      if (mistake !== undefined) throw new RangeError(mistake);
      await model.setTrouble(change);
    },
    export: async ({ secrets = false } = {}) => {
      const { exportState } = await import("./state/export-state.ts");
      return exportState(store, clock.nowMs(), secrets);
    },
    import: async (text, name = "import") => {
      const { importState } = await import("./state/export-state.ts");
      await importState(store, text, name, clock.nowMs());
      clock.advanceMs((store.get(clockKind, "clock")?.value.offsetMs ?? 0) - clock.offsetMs);
      trace.clear();
      await store.settled();
    },
    trace: () => trace.entries(),
    reset: async () => {
      clock.reset();
      await model.reset(given ?? world());
      await bringBack();
      await backends.stop();
      backends.start();
      trace.clear();
    },
    settled: () => store.settled(),
    rotateKeys: (rotation) => model.rotateKeys(rotation?.leadMs),
    changeUser: (email, change) => model.changeUser(email, change),
    prepareEnvironment: async (directory, childParent = process.env) =>
      overParent(await environment.prepare(directory), childParent),
    startMetadataServer,
    subjectToken: (subject) => model.subjectToken(subject),
    signInToWorkforce: (person) => model.signInToWorkforce(person),
    services: () => model.services(),
    push: (wanted) => push({ ...model, clock, port: () => server.port }, wanted),
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => emulator.close(),
  };
  const control = createControl(emulator);
  if (isNew) {
    await bringBack().catch(async (error: unknown) => {
      await close();
      throw error;
    });
  }
  backends.start();
  return emulator;

  async function bringBack(): Promise<void> {
    if (options.exported) await emulator.import(options.exported.text, options.exported.name);
  }

  async function startMetadataServer(wanted: MetadataServerOptions): Promise<MetadataServer> {
    const { project, region } = { ...world().defaults, ...wanted };
    const workload = { ...workloadOf(wanted.account, wanted.platform), region };
    const answer = (call: ApiCall): Promise<ApiAnswer> => model.answerMetadata(call, workload);
    const started = await createMetadataServer({ account: workload.account, project, region, answer });
    metadataServers.add(started);
    return started;
  }

  function workloadOf(account: string, platform: Workload["platform"] = "run"): Workload {
    return { account: model.findAccount(account), region: world().defaults.region, platform };
  }

  async function close(): Promise<void> {
    await backends.stop();
    await Promise.all([...metadataServers].map((started) => started.close()));
    closingSoon.abort();
    await server.close();
    serving.close();
    await environment.remove();
    await store.close();
    settleClosed();
  }
}
