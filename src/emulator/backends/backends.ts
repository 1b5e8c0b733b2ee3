import { formatServiceName } from "../../google/run-name.ts";
import { overParent } from "../child-environment.ts";
import type { ChildVariables } from "../child-environment.ts";
import type { MetadataServer, MetadataServerOptions } from "../metadata/metadata-server.ts";
import { worldKind } from "../state/records.ts";
import { revisionKind, serviceKind } from "../run/records.ts";
import type { ServiceRecord } from "../run/records.ts";
import { readTemplate } from "../run/template.ts";
import { pickRevision } from "../run/traffic.ts";
import type { Store } from "../state/store.ts";
import type { World, WorldCommand } from "../world/world.ts";
import { createInstance } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { isImage, parseBackend } from "./parse-backend.ts";
import type { BackendSpec } from "./parse-backend.ts";

/** Where a request goes that the gate has let through. */
export interface Backend {
  /** The revision that gets it. */
  readonly revision: string;
  /** How long it may take. */
  readonly timeoutMs: number;
  /** Whether the server speaks HTTP/2 in the clear. */
  readonly isH2c: boolean;
  /**
   * The server's address once it is ready, or `echo`.
   *
   * @throws {Error} when it cannot be started.
   */
  server(): Promise<"echo" | URL>;
}

/** What stands behind the services. */
export interface Backends {
  /** @param tag The traffic tag in the requested host. */
  of(serviceName: string, tag: string | undefined): Backend;
  /** Starts the commands of the world's services, without waiting for them. */
  start(): void;
  /** Ends all commands; those that are needed again are started again. */
  stop(): Promise<void>;
}

/** What {@link createBackends} needs. */
export interface BackendsOptions {
  readonly store: Store;
  /** What commands inherit, but for what would lead elsewhere. */
  readonly parent: ChildVariables;
  /** What leads a child of the emulator to it. */
  environment(): Promise<ChildVariables>;
  startMetadataServer(wanted: MetadataServerOptions): Promise<MetadataServer>;
  /** Gets what commands print, line by line. */
  log(line: string): void;
  /** From 0 to below 1: chooses between revisions. */
  random(): number;
}

interface Kept {
  readonly instance: Instance;
  readonly metadata: Promise<MetadataServer>;
}

interface Specs {
  readonly images: readonly (readonly [image: string, spec: BackendSpec])[];
  /** By resource name. */
  readonly services: ReadonlyMap<string, BackendSpec>;
}

function readSpecs({ images = [], services = [] }: Partial<World> = {}): Specs {
  return {
    images: images.map(({ image, backend }) => [image, parseBackend(backend)]),
    services: new Map(
      services.map(({ name, project, region, backend }) => [
        formatServiceName({ project, region, service: name }),
        parseBackend(backend),
      ]),
    ),
  };
}

export function createBackends(options: BackendsOptions): Backends {
  const { store } = options;
  /** By the revision's resource name. */
  const instances = new Map<string, Kept>();
  let sweptAt = -1;
  let known: (Specs & { readonly world: World | undefined }) | undefined;

  function of(serviceName: string, tag: string | undefined): Backend {
    const service = store.get(serviceKind, serviceName)?.value;
    if (!service) return { revision: "", timeoutMs: 0, isH2c: false, server: async () => "echo" }; // deleted this moment
    sweep();
    const revision = pickRevision(service, tag, options.random());
    const key = `${serviceName}/revisions/${revision}`;
    const { image, timeoutSeconds, isH2c, serviceAccount } = readTemplate(
      store.get(revisionKind, key)?.value.template ?? service.template,
    );
    const spec = findSpec(serviceName, image);
    return {
      revision,
      timeoutMs: timeoutSeconds * 1000,
      isH2c,
      server: async () => {
        if (spec === "echo" || spec instanceof URL) return spec;
        return instanceOf(key, service, revision, spec, serviceAccount ?? "").instance.ready();
      },
    };
  }

  /** The world's word for the image comes first: it is the newer one where a service has been deployed again. */
  function findSpec(serviceName: string, image: string): BackendSpec {
    const { images, services } = specs();
    return images.find(([named]) => isImage(image, named))?.[1] ?? services.get(serviceName) ?? "echo";
  }

  function instanceOf(
    key: string,
    { service, project, region }: ServiceRecord,
    revision: string,
    command: WorldCommand,
    account: string,
  ): Kept {
    let kept = instances.get(key);
    if (kept) return kept;
    const metadata = options.startMetadataServer({ account, region });
    metadata.catch(() => {}); // told at each start
    const instance = createInstance({
      command,
      label: service,
      log: options.log,
      environment: async () => ({
        ...options.parent,
        ...overParent({ ...(await options.environment()), ...(await metadata).variables }, options.parent),
        GOOGLE_CLOUD_PROJECT: project,
        ...command.env,
        // Source: Cloud Run documentation, "Container runtime contract".
        K_SERVICE: service,
        K_CONFIGURATION: service,
        K_REVISION: revision,
      }),
    });
    instances.set(key, (kept = { instance, metadata }));
    return kept;
  }

  /** Ends the commands of revisions that are there no more. */
  function sweep(): void {
    const revision = store.revision(revisionKind);
    if (revision === sweptAt) return;
    sweptAt = revision;
    for (const [key, kept] of instances) {
      if (store.get(revisionKind, key)) continue;
      instances.delete(key);
      void end(kept);
    }
  }

  function world(): World | undefined {
    return store.get(worldKind, "world")?.value;
  }

  /** What the world says, read once. */
  function specs(): Specs {
    const now = world();
    if (!known || known.world !== now) known = { world: now, ...readSpecs(now) };
    return known;
  }

  return {
    of,
    start: () => {
      for (const { name, project, region, backend } of world()?.services ?? []) {
        if (typeof backend !== "object") continue;
        of(formatServiceName({ project, region, service: name }), undefined)
          .server()
          .catch(() => {}); // logged already, and told to whoever calls the service
      }
    },
    stop: async () => {
      const all = [...instances.values()];
      instances.clear();
      await Promise.all(all.map(end));
    },
  };
}

async function end({ instance, metadata }: Kept): Promise<void> {
  await instance.close();
  await (await metadata.catch(() => undefined))?.close(); // one that never started
}
