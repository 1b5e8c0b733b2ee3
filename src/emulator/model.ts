import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import { createGate } from "../gate/gate.ts";
import type { Gate } from "../gate/gate.ts";
import { serviceAccountEmail } from "../google/iam.ts";
import { providerAudience, workforcePoolName } from "../google/identity-pool.ts";
import { formatServiceName } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";
import type { ExternalAccountAuthorizedUserKey } from "../google/sts.ts";
import { createApis } from "./api/apis.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { createState } from "./state/create-state.ts";
import { mintSubjectToken, testIssuer } from "./federation/test-issuer.ts";
import type { SubjectTokenOptions } from "./federation/test-issuer.ts";
import { signInToWorkforce } from "./federation/workforce-sign-in.ts";
import type { WorkforceSignIn } from "./federation/workforce-sign-in.ts";
import { resetStore } from "./state/fill-store.ts";
import { createGateView } from "./gate-view.ts";
import type { KeyRotation } from "./keys.ts";
import { issueAccountIdToken } from "./issue-tokens.ts";
import { createLocalView } from "./local-view.ts";
import { answerMetadata } from "./metadata/answer.ts";
import { metadataTree } from "./metadata/tree.ts";
import type { Workload } from "./metadata/tree.ts";
import { providerKind } from "./federation/records.ts";
import type { ProviderRecord } from "./federation/records.ts";
import { troubleKind, worldKind } from "./state/records.ts";
import { serviceKind } from "./run/records.ts";
import type { Store } from "./state/store.ts";
import { createFaults } from "./trouble/faults.ts";
import type { FaultList } from "./trouble/faults.ts";
import { changeUser } from "./user-change.ts";
import type { UserChange } from "./user-change.ts";
import type { TroubleChange } from "./world/world-trouble.ts";
import type { World } from "./world/world.ts";

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
  /** An ID token of an account, with its e-mail, as Google's own products send it. */
  idTokenOf(email: string, audience: string): Promise<string>;
  refreshTokenFor(email: string, clientId: string): Promise<string>;
  readonly faults: FaultList;
  /** How late policies are, and rough mode; merged into what there is. */
  setTrouble(change: TroubleChange): Promise<void>;
  rotateKeys(leadMs?: number): Promise<KeyRotation>;
  /** @throws {RunpassError} `not_found` where the world has no such user. */
  changeUser(email: string, change: UserChange): Promise<void>;
  /** @throws {RunpassError} `not_found` where no audience is given and no provider of the world takes the emulator's own tokens. */
  subjectToken(options: SubjectTokenOptions): Promise<string>;
  /** @throws {RunpassError} `not_found` where the world has no such workforce pool. */
  signInToWorkforce(options: WorkforceSignIn): Promise<ExternalAccountAuthorizedUserKey>;
  /** Puts a world in the place of everything but logins and signing keys. */
  reset(world: World): Promise<void>;
}

/**
 * Makes the model of what a store holds; one that is new is filled with the world first.
 *
 * @param port The port that the emulator listens on; asked for once it does.
 * @throws {RunpassError} `invalid_argument` when the world does not hold together.
 */
export function createModel(world: World, clock: Clock, port: () => number, store: Store): Model {
  const state = createState(world, clock, store);
  const view = createLocalView(createGateView(state), {
    services: () => store.list(serviceKind),
    runAppHost: (name) => {
      const url = store.get(serviceKind, formatServiceName(name))?.value.urls[0];
      return url === undefined ? undefined : new URL(url).host;
    },
    port,
  });
  let switches = state.facts;
  let gate = createGate(view, clock, switches);
  const apis = createApis(state);

  return {
    decide: (request) => {
      if (switches !== state.facts) {
        // Another world has come, by a reset: with switches of its own.
        switches = state.facts;
        gate = createGate(view, clock, switches);
      }
      return gate.decide(request);
    },
    isApiHost: (host) => apis.isApiHost(host),
    apiHostOfPath: (path) => apis.apiHostOfPath(path),
    answer: async (call) => {
      const answer = await apis.answer(call);
      return { ...answer, body: state.chance.reorder(answer.body) };
    },
    faults: createFaults(store, state.chance),
    setTrouble: async ({ propagationSeconds, rough }) => {
      const { rough: before, ...now } = store.get(troubleKind, "trouble")?.value ?? {};
      const seed = rough === undefined ? before : (rough ?? undefined);
      await store.put(troubleKind, "trouble", {
        ...now,
        ...(propagationSeconds === undefined ? {} : { propagationSeconds }),
        ...(seed === undefined ? {} : { rough: seed }),
      });
    },
    answerMetadata: (call, workload) => answerMetadata(call, workload.platform, () => metadataTree(state, workload)),
    services: () => store.list(serviceKind),
    findService: (service, region) => findService(store.list(serviceKind), service, region),
    findAccount: (emailOrId) => {
      const { project } = (store.get(worldKind, "world")?.value ?? world).defaults;
      const email = emailOrId.includes("@") ? emailOrId : serviceAccountEmail(emailOrId, project);
      const account = state.findAccount(email);
      if (account && account.state !== "deleted") return account.email;
      throw new RunpassError({
        code: "not_found",
        message: `The world has no service account ${email}`,
        fix: "Name one that it has, by its e-mail or the part before the @.",
      });
    },
    urlOf: (name) => {
      const [url] = store.get(serviceKind, formatServiceName(name))?.value.urls ?? [];
      if (url === undefined) throw new TypeError(`there is no service ${formatServiceName(name)}`);
      return url;
    },
    idTokenOf: async (email, audience) => {
      const account = state.findAccount(email);
      if (!account) throw new TypeError(`there is no account ${email}`);
      return issueAccountIdToken(state, account, { audience, includeEmail: true, emailAsAzp: false });
    },
    refreshTokenFor: (email, clientId) => state.refreshTokenFor(email, clientId),
    rotateKeys: (leadMs) => state.keys.rotate(leadMs),
    changeUser: (email, change) => changeUser(state, email, change),
    subjectToken: async (options) => {
      const taking = store.list(providerKind).find(({ issuer }) => issuer === testIssuer);
      const audience = options.audience ?? (taking && audienceOf(taking));
      if (audience !== undefined) return mintSubjectToken(clock, { ...options, audience });
      throw new RunpassError({
        code: "not_found",
        message: "The world has no provider that takes the emulator's own subject tokens",
        fix: "Say for which audience the token is to be, or describe a provider without an issuer.",
      });
    },
    signInToWorkforce: async (options) => {
      const pool = workforcePoolName(options.pool);
      const provider = store.list(providerKind).find((each) => each.pool === pool);
      if (provider) return signInToWorkforce(state, provider, options);
      throw new RunpassError({ code: "not_found", message: `The world has no workforce pool ${options.pool}` });
    },
    reset: (next) => resetStore(store, next, clock.nowMs()),
  };
}

function findService(services: readonly RunServiceName[], service: string, region: string | undefined): RunServiceName {
  const found = services.filter((each) => each.service === service && (region === undefined || each.region === region));
  const [first] = found;
  if (!first) {
    throw new RunpassError({
      code: "not_found",
      message: `The world has no service ${service}${region === undefined ? "" : ` in ${region}`}`,
      fix: `There are: ${listSome(services.map((each) => `${each.service} in ${each.region}`))}`,
    });
  }
  if (found.length === 1) return first;
  throw new RunpassError({
    code: "ambiguous_target",
    message: `${service} is in several regions: ${found.map((each) => each.region).join(", ")}`,
    fix: "Name the region too.",
  });
}

function audienceOf({ name, allowedAudiences: [allowed] }: ProviderRecord): string {
  return allowed ?? `https:${providerAudience(name)}`;
}

/** The first few of many, and that there are more. */
function listSome(names: readonly string[]): string {
  const most = 10;
  if (names.length === 0) return "none";
  return names.slice(0, most).join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");
}
