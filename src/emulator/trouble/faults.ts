import { RunpassError } from "../../core/errors.ts";
import { formatServiceName } from "../../google/run-name.ts";
import { faultKind } from "../state/records.ts";
import { serviceKind } from "../run/records.ts";
import type { FaultRecord } from "../state/records.ts";
import type { Store } from "../state/store.ts";
import type { Fault } from "../world/world-trouble.ts";
import { findFaultMistake } from "./fault-check.ts";
import type { Chance } from "./rough.ts";

/** The faults of a running emulator. */
export interface Faults {
  /**
   * Adds one; of several that fit a request the oldest counts.
   *
   * @returns its id.
   * @throws {RunpassError} `invalid_argument` for one that makes no sense; `not_found` for one of an unknown service.
   */
  add(fault: Fault): Promise<string>;
  list(): readonly FaultRecord[];
  /**
   * Takes one away, or all.
   *
   * @throws {RunpassError} `not_found` when there is none of this id.
   */
  clear(id?: string): Promise<void>;
}

/** What a request is for, as faults see it. */
export interface FaultSubject {
  /** Host of an API, a region in front or not. */
  readonly api?: string;
  /** Resource name of a service. */
  readonly service?: string;
  readonly path: string;
}

/** The faults, and which one a request meets. */
export interface FaultList extends Faults {
  /** The fault that a request meets, which counts as met. */
  meet(subject: FaultSubject): Fault | undefined;
}

export function createFaults(store: Store, chance: Chance): FaultList {
  return {
    add: async (fault) => {
      const mistake = findFaultMistake(fault);
      if (mistake !== undefined) throw wrong(mistake);
      if (
        fault.service !== undefined &&
        !store.list(serviceKind).some((known) => isService(fault, formatServiceName(known)))
      ) {
        throw new RunpassError({
          code: "not_found",
          message: `There is no service ${fault.service} for a fault`,
          fix: `There are: ${
            store
              .list(serviceKind)
              .map(({ service }) => service)
              .join(", ") || "none yet"
          }; of APIs name the host.`,
        });
      }
      const id = String(1 + Math.max(0, ...store.list(faultKind).map((known) => Number(known.id))));
      await store.put(faultKind, id, { id, fault, met: 0 });
      return id;
    },
    list: () => store.list(faultKind),
    clear: async (id) => {
      const ids = store.list(faultKind).map((known) => known.id);
      if (id !== undefined && !ids.includes(id)) {
        const there = ids.length > 0 ? `There are: ${ids.join(", ")}.` : "There is none.";
        throw new RunpassError({ code: "not_found", message: `There is no fault ${id}`, fix: there });
      }
      await Promise.all(
        ids.filter((known) => id === undefined || known === id).map((known) => store.delete(faultKind, known)),
      );
    },
    meet: (subject) => {
      const found = store
        .list(faultKind)
        .find(({ fault }) => isMeant(fault, subject) && chance.happens(fault.share ?? 1));
      if (!found) return undefined;
      const { id, fault } = found;
      const met = found.met + 1;
      // Nobody waits for the count: what is lost of it in a kill is a fault that is met once more.
      if (met >= (fault.times ?? Infinity)) void store.delete(faultKind, id);
      else void store.put(faultKind, id, { id, fault, met });
      return fault;
    },
  };
}

function isMeant(fault: Fault, { api, service, path }: FaultSubject): boolean {
  if (fault.path !== undefined && !path.includes(fault.path)) return false;
  if (fault.service !== undefined) return service !== undefined && isService(fault, service);
  return api !== undefined && (api === fault.api || api.endsWith(`-${fault.api}`));
}

function isService({ service }: Fault, resourceName: string): boolean {
  return service === resourceName || service === resourceName.split("/").at(-1);
}

function wrong(why: string): RunpassError {
  return new RunpassError({
    code: "invalid_argument",
    message: "The fault makes no sense",
    why,
    fix: "For example: status=503 times=2",
  });
}
