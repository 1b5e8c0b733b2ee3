import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import { createGate } from "../gate/gate.ts";
import type { Gate } from "../gate/gate.ts";
import { formatServiceName } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";
import { createApis } from "./api/apis.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { createGateView } from "./gate-view.ts";
import { createLocalView } from "./local-view.ts";
import { createState } from "./state.ts";
import type { State } from "./state.ts";
import type { World } from "./world.ts";

/** Google's side as it stands: what the APIs write and the gate reads. */
export interface Model extends Gate {
  isApiHost(host: string): boolean;
  apiHostOfPath(path: string): string | undefined;
  answer(call: ApiCall): Promise<ApiAnswer>;
  services(): readonly RunServiceName[];
  /** @throws {RunpassError} `not_found`; `ambiguous_target` where the name fits several. */
  findService(service: string, region?: string): RunServiceName;
  /** The first of a service's run.app addresses. */
  urlOf(name: RunServiceName): string;
  backendOf(serviceName: string): "echo" | URL;
  refreshTokenFor(email: string, clientId: string): string;
  /** Back to the world it started with. */
  reset(): void;
}

/**
 * Makes the model of a world.
 *
 * @param port The port that the emulator listens on; asked for once it does.
 * @throws {RunpassError} `invalid_argument` when the world does not hold together.
 */
export function createModel(world: World, clock: Clock, port: () => number): Model {
  const backends = new Map(
    world.services.map((service) => [nameOf(service), parseBackend(service.name, service.backend)]),
  );
  let current = build();

  function build(): { readonly state: State; readonly gate: Gate; readonly apis: Apis } {
    const state = createState(world, clock);
    const view = createLocalView(createGateView(state), {
      services,
      runAppHost: (name) => new URL(urlOf(name)).host,
      port,
    });
    return { state, gate: createGate(view, clock), apis: createApis(state, clock) };
  }
  throw new Error("draft");
}

function parseBackend(service: string, backend = "echo"): "echo" | URL {
  if (backend === "echo") return backend;
  const url = URL.parse(backend);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new RunpassError({
    code: "invalid_argument",
    message: `the backend of ${service} is no address`,
    why: `${JSON.stringify(backend)} is neither "echo" nor an http or https URL`,
  });
}
