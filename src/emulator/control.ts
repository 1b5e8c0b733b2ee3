import { RunpassError } from "../core/errors.ts";
import { formatServiceName } from "../google/run-name.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { loadWorldSchemas } from "./world/world-schema.ts";
import type { Emulator } from "./emulator.ts";
import { listFacts } from "./facts.ts";
import { isUserChange, userChanges } from "./user-change.ts";
import type { SubjectTokenOptions } from "./federation/test-issuer.ts";
import type { PushOptions } from "./push/push.ts";

/** Where the control endpoints are, on the emulator's own address. */
export const controlPrefix = "/_emulator/";

/** The answer to `GET /_emulator/status`. */
export interface EmulatorStatus {
  readonly url: string;
  readonly pid: number;
  /** The emulator's time, RFC 3339. */
  readonly time: string;
  readonly project: string;
  readonly region: string;
  /** Users logged in; the first is active. */
  readonly accounts: readonly string[];
  readonly services: readonly { readonly name: string; readonly url: string; readonly localUrl: string }[];
  readonly decisions: number;
}

/** The body of `POST /_emulator/clock`: one of the three. */
export interface ClockChange {
  /** RFC 3339. */
  readonly to?: string;
  readonly advanceMs?: number;
  readonly reset?: true;
}

type Handler = (call: ApiCall) => Promise<unknown>;

/**
 * The endpoints by which `runpass emulator status|trace|reset|clock|rotate-keys|user|stop|env` reach a running emulator. They can void tokens and
 * hand out credentials: whoever calls this has checked the admin secret, Host and Origin.
 */
export function createControl(emulator: Emulator): (call: ApiCall) => Promise<ApiAnswer> {
  const handlers: Readonly<Record<string, Handler>> = {
    "GET status": async () => describeStatus(emulator),
    "GET trace": async () => ({ entries: emulator.trace() }),
    "GET facts": async () => ({ facts: listFacts(emulator.world) }),
    "POST reset": async () => {
      await emulator.reset();
      return {};
    },
    "GET clock": async () => ({ time: formatTime(emulator) }),
    "POST clock": async (call) => {
      moveClock(emulator, parseObject(call.body));
      await emulator.settled();
      return { time: formatTime(emulator) };
    },
    "GET faults": async () => ({ faults: emulator.faults.list() }),
    "POST faults": async (call) => {
      const fault = parseObject(call.body);
      const schemas = await loadWorldSchemas();
      const [mismatch] = schemas.findMismatches(schemas.fault, fault);
      if (mismatch) throw new TypeError(`The fault does not fit: ${mismatch.what}.`);
      return { id: await emulator.faults.add(fault) };
    },
    "POST clear-faults": async (call) => {
      const { id } = parseObject(call.body) as { id?: string };
      await emulator.faults.clear(id);
      return {};
    },
    "GET export": async (call) => ({ text: await emulator.export({ secrets: call.query.get("secrets") === "true" }) }),
    "POST import": async (call) => {
      const { text, name } = parseObject(call.body) as { text?: unknown; name?: unknown };
      if (typeof text !== "string" || typeof name !== "string") throw new TypeError('Give "text" and "name".');
      await emulator.import(text, name);
      return {};
    },
    "GET trouble": async () => emulator.trouble(),
    "POST trouble": async (call) => {
      await emulator.setTrouble(parseObject(call.body));
      return emulator.trouble();
    },
    "POST rotate-keys": async (call) => {
      const { leadMs } = parseObject(call.body);
      if (leadMs !== undefined && !(typeof leadMs === "number" && leadMs >= 0 && leadMs < 1e12))
        throw new RangeError('"leadMs" must be a number of milliseconds.');
      return emulator.rotateKeys(leadMs === undefined ? {} : { leadMs });
    },
    "POST users": async (call) => {
      const { email, change } = parseObject(call.body);
      if (typeof email !== "string" || !isUserChange(change))
        throw new TypeError(`Give "email" and "change": one of ${userChanges.join(", ")}.`);
      await emulator.changeUser(email, change);
      return {};
    },
    "POST subject-token": async (call) => ({ token: await emulator.subjectToken(parseSubject(call.body)) }),
    "POST push": (call) => emulator.push(parseObject(call.body) as unknown as PushOptions),
    "POST environment": async () => ({ variables: await emulator.prepareEnvironment(undefined, {}) }),
    "POST stop": async () => {
      setImmediate(() => void emulator.close()); // after the answer
      return {};
    },
  };
  return async (call) => {
    const name = call.path.slice(controlPrefix.length);
    const handler = Object.hasOwn(handlers, `${call.method} ${name}`) ? handlers[`${call.method} ${name}`] : undefined;
    if (!handler) {
      return failure(
        404,
        `No control endpoint ${call.method} ${call.path}. There are: ${Object.keys(handlers).join(", ")}.`,
      );
    }
    try {
      return { status: 200, headers: { "cache-control": "no-store" }, body: await handler(call) };
    } catch (error) {
      if (error instanceof TypeError || error instanceof RangeError) return failure(400, error.message);
      if (error instanceof RunpassError) return failure(400, error.message, error);
      throw error;
    }
  };
}

function describeStatus(emulator: Emulator): EmulatorStatus {
  const { project, region, accounts } = emulator.world.defaults;
  return {
    url: emulator.url,
    pid: process.pid,
    time: formatTime(emulator),
    project,
    region,
    accounts,
    services: emulator.services().map((name) => ({
      name: formatServiceName(name),
      url: emulator.serviceUrl(name.service, name.region),
      localUrl: emulator.localUrl(name.service, name.region),
    })),
    decisions: emulator.trace().length,
  };
}

function formatTime(emulator: Emulator): string {
  return new Date(emulator.clock.nowMs()).toISOString();
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new TypeError("The body is no JSON.");
  }
  if (typeof value !== "object" || value === null) throw new TypeError("The body is no JSON object.");
  return value as Record<string, unknown>;
}

function parseSubject(body: Buffer): SubjectTokenOptions {
  const { subject, audience, claims = {} } = parseObject(body) as Record<string, unknown>;
  if (typeof subject !== "string" || subject === "") throw new TypeError('"subject" must be a text.');
  if (audience !== undefined && typeof audience !== "string") throw new TypeError('"audience" must be a text.');
  if (typeof claims !== "object" || claims === null || Array.isArray(claims)) {
    throw new TypeError('"claims" must be an object.');
  }
  return { subject, claims: claims as Record<string, unknown>, ...(audience === undefined ? {} : { audience }) };
}

function moveClock({ clock }: Emulator, { to, advanceMs, reset }: { [name in keyof ClockChange]?: unknown }): void {
  if (typeof to === "string") {
    const instantMs = Date.parse(to);
    if (Number.isNaN(instantMs)) throw new RangeError(`"to" is no RFC 3339 time: ${JSON.stringify(to)}`);
    clock.setMs(instantMs);
  } else if (typeof advanceMs === "number") {
    if (Math.abs(clock.nowMs() + advanceMs) > 8.64e15)
      throw new RangeError(`"advanceMs" leads out of time: ${advanceMs}`);
    clock.advanceMs(advanceMs);
  } else if (reset === true) {
    clock.reset();
  } else {
    throw new TypeError('Give one of "to" (RFC 3339), "advanceMs" (a number) or "reset" (true).');
  }
}

/** @param details Where given, the caller throws the same error again. */
function failure(status: number, message: string, details?: RunpassError): ApiAnswer {
  const { code, why, fix } = details ?? {};
  const runpass = code === undefined ? {} : { runpass: { code, message, why, fix } };
  return { status, headers: { "cache-control": "no-store" }, body: { error: { code: status, message }, ...runpass } };
}
