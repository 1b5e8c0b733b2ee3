import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import { createGate } from "../gate/gate.ts";
import type { Gate } from "../gate/gate.ts";
import { serviceAccountEmail } from "../google/iam.ts";
import { formatServiceName } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";
import { createApis } from "./api/apis.ts";
import type { Apis } from "./api/apis.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { createGateView } from "./gate-view.ts";
import { createLocalView } from "./local-view.ts";
import { answerMetadata } from "./metadata/answer.ts";
import { metadataTree } from "./metadata/tree.ts";
import type { Workload } from "./metadata/tree.ts";
import { grantKind, serviceKind } from "./records.ts";
import { createState } from "./state.ts";
import type { State } from "./state.ts";
import type { World, WorldService } from "./world.ts";

/** Google's side as it stands: what the APIs write and the gate reads. */
export interface Model extends Gate {
  isApiHost(host: string): boolean;
  apiHostOfPath(path: string): string | undefined;
  answer(call: ApiCall): Promise<ApiAnswer>;
  answerMetadata(call: ApiCall, workload: Workload): Promise<ApiAnswer>;
  services(): readonly RunServiceName[];
  /** @throws {RunpassError} `not_found`; `ambiguous_target` where the name fits several. */
  findService(service: string, region?: string): RunServiceName;
  /** The e-mail of a service account. @throws {RunpassError} `not_found` where the world has none of this e-mail or id. */
  findAccount(emailOrId: string): string;
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
      services: () => state.store.list(serviceKind),
      runAppHost: (name) => {
        const url = state.store.get(serviceKind, formatServiceName(name))?.value.urls[0];
        return url === undefined ? undefined : new URL(url).host;
      },
      port,
    });
    return { state, gate: createGate(view, clock), apis: createApis(state) };
  }

  return {
    decide: (request) => current.gate.decide(request),
    isApiHost: (host) => current.apis.isApiHost(host),
    apiHostOfPath: (path) => current.apis.apiHostOfPath(path),
    answer: (call) => current.apis.answer(call),
    answerMetadata: (call, workload) =>
      answerMetadata(call, workload.platform, () => metadataTree(current.state, workload)),
    services: () => current.state.store.list(serviceKind),
    findService: (service, region) => {
      const named = current.state.store.list(serviceKind).filter((each) => each.service === service);
      const found = region === undefined ? named : named.filter((each) => each.region === region);
      const [first] = found;
      if (first && found.length === 1) return first;
      const where = region === undefined ? "" : ` in ${region}`;
      throw new RunpassError(
        first
          ? {
              code: "ambiguous_target",
              message: `${service} is in several regions: ${found.map((each) => each.region).join(", ")}`,
              fix: "Name the region too.",
            }
          : { code: "not_found", message: `The world has no service ${service}${where}` },
      );
    },
    findAccount: (emailOrId) => {
      const email = emailOrId.includes("@") ? emailOrId : serviceAccountEmail(emailOrId, world.defaults.project);
      const account = current.state.findAccount(email);
      if (account && account.state !== "deleted") return account.email;
      throw new RunpassError({
        code: "not_found",
        message: `The world has no service account ${email}`,
        fix: "Name one that it has, by its e-mail or the part before the @.",
      });
    },
    urlOf: (name) => {
      const [url] = current.state.store.get(serviceKind, formatServiceName(name))?.value.urls ?? [];
      if (url === undefined) throw new TypeError(`there is no service ${formatServiceName(name)}`);
      return url;
    },
    backendOf: (serviceName) => backends.get(serviceName) ?? "echo",
    refreshTokenFor: (email, clientId) => current.state.refreshTokenFor(email, clientId),
    reset: () => {
      // Logins outlive a reset: a shell that was given refresh tokens goes on with them.
      const grants = current.state.store.entries(grantKind);
      current = build();
      for (const [token, grant] of grants) void current.state.store.put(grantKind, token, grant);
    },
  };
}

function nameOf({ name, project, region }: WorldService): string {
  return formatServiceName({ project, region, service: name });
}

function parseBackend(service: string, backend = "echo"): "echo" | URL {
  if (backend === "echo") return backend;
  const url = URL.parse(backend);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new RunpassError({
    code: "invalid_argument",
    message: `The backend of ${service} is no address`,
    why: `${JSON.stringify(backend)} is neither "echo" nor an http or https URL`,
  });
}
