import type { MovableClock } from "../core/clock.ts";
import type { TraceStep } from "../gate/decision.ts";
import type { ExternalAccountAuthorizedUserKey } from "../google/sts.ts";
import type { ChildVariables } from "./child-environment.ts";
import type { SubjectTokenOptions } from "./federation/test-issuer.ts";
import type { WorkforceSignIn } from "./federation/workforce-sign-in.ts";
import type { MetadataServer, MetadataServerOptions } from "./metadata/metadata-server.ts";
import type { KeyRotation } from "./keys.ts";
import type { UserChange } from "./user-change.ts";
import type { Faults } from "./trouble/faults.ts";
import type { TroubleChange, WorldTrouble } from "./world/world-trouble.ts";
import type { RunServiceName } from "../google/run-name.ts";
import type { PushOptions, PushReport } from "./push/push.ts";
import type { World } from "./world/world.ts";

/** A running emulator: Google's side of a private Cloud Run service, on one port of this machine. */
export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`: forward proxy, plain-HTTP APIs and `SERVICE.localhost` in one. */
  readonly url: string;
  readonly port: number;
  /** The world that its state began with. */
  readonly world: World;
  /** The emulator's time, by which tokens are minted and judged. */
  readonly clock: MovableClock;
  /** PEM of the CA that signs the intercepted hosts' certificates. */
  readonly caCertificate: string;
  /** The services that there are now: those of the world, and what was deployed and deleted since. */
  services(): readonly RunServiceName[];
  /** The address of a service as its callers know it: the first of its run.app URLs. */
  serviceUrl(service: string, region?: string): string;
  /** The same service for browsers and curl without a proxy: `http://SERVICE.localhost:PORT`, longer where names are ambiguous. */
  localUrl(service: string, region?: string): string;
  /** Opens the control endpoints (`/_emulator/…`): kept in the state file, never shown. */
  readonly adminSecret: string;
  /** Answers that APIs and services give instead of their own, late, or not to the end. */
  readonly faults: Faults;
  /** How late policies are, and rough mode, as they are now. */
  trouble(): Omit<WorldTrouble, "faults">;
  /**
   * Changes that while it runs.
   *
   * @throws {RangeError} for a number of seconds below 0 or a seed that is no whole number from 0.
   */
  setTrouble(change: TroubleChange): Promise<void>;
  /** Everything that it knows as YAML: its world, and what has changed. Secrets are left out unless asked for. */
  export(options?: { readonly secrets?: boolean }): Promise<string>;
  /**
   * Puts an export in the place of everything that it knows, the clock too.
   *
   * @param name The file's, for errors.
   * @throws {RunpassError} `invalid_argument` with file, line and reason; then nothing has changed.
   */
  import(text: string, name?: string): Promise<void>;
  /** Decisions of the gate, oldest first; at most 1,000. No token in them. */
  trace(): readonly TraceEntry[];
  /** Back to the world it was given, else to the one that its state began with; all tokens void, clock and trace reset. */
  reset(): Promise<void>;
  /** Done when every change so far, the clock's too, is where `dataDir` keeps it. */
  settled(): Promise<void>;
  /**
   * Begins a rotation of the keys that sign ID tokens: a new one is published now and signs when clients that keep keys know it;
   * the one before it stays published until its last token has ended.
   *
   * @param options `leadMs`: how long the new key is published before it signs. Default: six hours, for which clients may keep
   * keys; with less, such clients refuse its tokens for a while.
   */
  rotateKeys(options?: { readonly leadMs?: number }): Promise<KeyRotation>;
  /**
   * Changes what Google thinks of a user.
   *
   * @throws {RunpassError} `not_found` where the world has no such user.
   */
  changeUser(email: string, change: UserChange): Promise<void>;
  /**
   * Writes what a child process needs (CA bundle, gcloud configuration, credentials; 0600 in `directory`) and returns the
   * environment variables that lead unmodified clients here: a value to set, `undefined` for what would lead elsewhere and must
   * go. So `spawn(command, { env: { ...process.env, ...variables } })` does it all.
   *
   * @param directory Where to write. Default: a new one, removed on `close()`.
   * @param parent The environment that the child would inherit. Default: this process's.
   */
  prepareEnvironment(directory?: string, parent?: ChildVariables): Promise<ChildVariables>;
  /**
   * Starts a metadata server on a port of its own, as any service account: what a workload on Cloud Run finds at
   * `metadata.google.internal`. The emulator's own port has one too, at `/computeMetadata/v1`, as the default service account.
   *
   * @throws {RunpassError} `not_found` where the world has no such service account.
   * @example
   * await using metadata = await emulator.startMetadataServer({ account: "invoker" });
   * const env = { ...process.env, ...(await emulator.prepareEnvironment()), ...metadata.variables };
   */
  startMetadataServer(options: MetadataServerOptions): Promise<MetadataServer>;
  /**
   * Mints a subject token: what a workload elsewhere gets from whoever vouches for it, and trades at `sts.googleapis.com` for an
   * access token. Its issuer is `https://emulator.runpass.test/issuer`, which providers of the world without an `issuer` take.
   *
   * @throws {RunpassError} `not_found` where no audience is given and no provider takes such tokens.
   * @example
   * const token = await emulator.subjectToken({ subject: "repo:acme/web", claims: { environment: "prod" } });
   */
  subjectToken(options: SubjectTokenOptions): Promise<string>;
  /**
   * Signs somebody in to a workforce pool, as a browser would.
   *
   * @returns a credentials file as gcloud leaves it behind, for `GOOGLE_APPLICATION_CREDENTIALS`.
   * @throws {RunpassError} `not_found` where the world has no such pool.
   */
  signInToWorkforce(options: WorkforceSignIn): Promise<ExternalAccountAuthorizedUserKey>;
  /**
   * Calls a service as Pub/Sub, Cloud Scheduler, Cloud Tasks or Eventarc does, with an ID token of a service account, through
   * the same front end as everyone.
   *
   * @throws {RunpassError} `not_found`, `ambiguous_target`, `invalid_argument`; a refusal is told in the report.
   */
  push(options: PushOptions): Promise<PushReport>;
  /** Settles when the emulator has closed, through `close()` or its control endpoint. */
  readonly closed: Promise<void>;
  /** Stops listening, lets open requests end within a deadline, then cuts them. Idempotent. */
  close(): Promise<void>;
}

/** One decision of the gate. */
export interface TraceEntry {
  /** RFC 3339, the emulator's time. */
  readonly time: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** `projects/P/locations/L/services/S`, where the host led to one. */
  readonly service?: string;
  /** Who called, as a member, where a token told. */
  readonly principal?: string;
  /** The gate's status, or the backend's where the gate let the request through. */
  readonly status: number;
  readonly allowed: boolean;
  /** One line a rule: what it saw, what it decided. */
  readonly steps: readonly TraceStep[];
}

/** Options of `createEmulator`. */
export interface EmulatorOptions {
  /** Port on 127.0.0.1; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Lets unknown hosts out through the forward proxy as raw tunnels. Default false: they get a 502. */
  readonly passthrough?: boolean;
  readonly clock?: MovableClock;
  /** Where to keep everything that the emulator knows, beyond its end too. Default: nowhere, it lives in memory. */
  readonly dataDir?: string;
  /**
   * An export to begin with, and to reset to, unless `dataDir` holds a state already. The world given must be its world; the
   * name is the file's, for errors.
   */
  readonly exported?: { readonly text: string; readonly name: string };
  /** Gets what the commands behind services print, line by line. Default: standard error. */
  readonly log?: (line: string) => void;
  /** The environment that commands behind services inherit, but for what would lead elsewhere. Default: this process's. */
  readonly parent?: ChildVariables;
}
