import { once } from "node:events";
import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { Environment } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import type { ErrorDetails } from "../core/errors.ts";
import { overParent } from "./child-environment.ts";
import type { ChildVariables } from "./child-environment.ts";
import { controlPrefix } from "./control.ts";
import type { ClockChange, EmulatorStatus } from "./control.ts";
import type { TraceEntry } from "./emulator.ts";
import type { ListedFact } from "./facts.ts";
import type { KeyRotation } from "./keys.ts";
import type { SubjectTokenOptions } from "./federation/test-issuer.ts";
import type { PushOptions, PushReport } from "./push/push.ts";
import type { FaultRecord } from "./state/records.ts";
import { notRunning, readStateFile, stateFilePath } from "./state-file.ts";
import type { EmulatorState } from "./state-file.ts";
import type { UserChange } from "./user-change.ts";
import type { Fault, TroubleChange, WorldTrouble } from "./world/world-trouble.ts";

/** A running emulator, from another process. */
export interface EmulatorControl {
  readonly url: string;
  readonly pid: number;
  status(): Promise<EmulatorStatus>;
  /** Decisions of the gate, oldest first. */
  trace(): Promise<readonly TraceEntry[]>;
  /** What the emulator takes to be so, guesses first. */
  facts(): Promise<readonly ListedFact[]>;
  reset(): Promise<void>;
  /** The emulator's time (RFC 3339), after a change if one is given. */
  clock(change?: ClockChange): Promise<string>;
  /** The faults that are set. */
  faults(): Promise<readonly FaultRecord[]>;
  /** Sets a fault. @returns its id. */
  addFault(fault: Fault): Promise<string>;
  /** Takes a fault away, or all. */
  clearFaults(id?: string): Promise<void>;
  /** How late policies are, and rough mode, after a change if one is given. */
  trouble(change?: TroubleChange): Promise<Omit<WorldTrouble, "faults">>;
  /** Everything that it knows, as YAML. */
  export(options: { readonly secrets: boolean }): Promise<string>;
  /** Puts an export in the place of everything that it knows. */
  import(text: string, name: string): Promise<void>;
  /** @param leadMs How long the new key is published before it signs. */
  rotateKeys(leadMs?: number): Promise<KeyRotation>;
  changeUser(email: string, change: UserChange): Promise<void>;
  /** Calls a service as a product of Google's does. */
  push(options: PushOptions): Promise<PushReport>;
  stop(): Promise<void>;
  /** A subject token of the emulator's own issuer. */
  subjectToken(options: SubjectTokenOptions): Promise<string>;
  /** What a process with this environment must set (a value) and take away (`undefined`) to talk to the emulator. */
  environment(): Promise<ChildVariables>;
}

/**
 * Finds the running emulator by its state file.
 *
 * @throws {RunpassError} `emulator_not_running` where there is none.
 */
export async function connectEmulator(environment: Environment): Promise<EmulatorControl> {
  const path = stateFilePath(environment);
  const state = await readStateFile(path);
  const call = <T>(method: string, name: string, body?: unknown): Promise<T> =>
    callControl(state, path, method, name, body);
  return {
    url: state.url,
    pid: state.pid,
    status: () => call("GET", "status"),
    trace: async () => (await call<{ entries: readonly TraceEntry[] }>("GET", "trace")).entries,
    facts: async () => (await call<{ facts: readonly ListedFact[] }>("GET", "facts")).facts,
    reset: async () => {
      await call("POST", "reset");
    },
    clock: async (change) => {
      const answer = change ? call<{ time: string }>("POST", "clock", change) : call<{ time: string }>("GET", "clock");
      return (await answer).time;
    },
    faults: async () => (await call<{ faults: readonly FaultRecord[] }>("GET", "faults")).faults,
    addFault: async (fault) => (await call<{ id: string }>("POST", "faults", fault)).id,
    clearFaults: async (id) => {
      await call("POST", "clear-faults", id === undefined ? {} : { id });
    },
    trouble: (change) => (change ? call("POST", "trouble", change) : call("GET", "trouble")),
    export: async ({ secrets }) => (await call<{ text: string }>("GET", `export?secrets=${secrets}`)).text,
    import: async (content, name) => {
      await call("POST", "import", { text: content, name });
    },
    rotateKeys: (leadMs) => call("POST", "rotate-keys", leadMs === undefined ? {} : { leadMs }),
    changeUser: async (email, change) => {
      await call("POST", "users", { email, change });
    },
    push: (options) => call("POST", "push", options),
    stop: async () => {
      await call("POST", "stop");
    },
    subjectToken: async (options) => (await call<{ token: string }>("POST", "subject-token", options)).token,
    environment: async () => {
      const { variables } = await call<{ variables: Record<string, string> }>("POST", "environment");
      return overParent(variables, environment.variables);
    },
  };
}

/** Its own agent, not `fetch`: whatever proxy is set, the admin secret must not go there. */
async function callControl<T>(
  state: EmulatorState,
  path: string,
  method: string,
  name: string,
  body?: unknown,
): Promise<T> {
  const agent = new Agent();
  let answer: { readonly status: number; readonly text: string };
  try {
    const headers = { authorization: `Bearer ${state.adminSecret}`, "content-type": "application/json" };
    const outgoing = request(`${state.url}${controlPrefix}${name}`, { method, agent, headers });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
    answer = { status: incoming.statusCode ?? 0, text: await text(incoming) };
  } catch (cause) {
    throw notRunning(`nothing answers at ${state.url}`, path, cause);
  } finally {
    agent.destroy();
  }
  if (answer.status === 401) throw notRunning(`what answers at ${state.url} does not know this state file`, path);
  return parseAnswer<T>(answer, method, name);
}

function parseAnswer<T>(answer: { status: number; text: string }, method: string, name: string): T {
  const { status } = answer;
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    value = undefined; // no emulator of ours: reported below
  }
  if (status === 200 && value !== undefined) return value as T;
  const { runpass } = (value ?? {}) as { runpass?: ErrorDetails };
  if (runpass) throw new RunpassError(runpass);
  const message = (value as { error?: { message?: string } } | undefined)?.error?.message ?? `it answered ${status}`;
  throw new RunpassError({
    code: status === 400 ? "invalid_argument" : "unexpected",
    message: `the emulator refused ${method} ${name}`,
    why: message,
  });
}
