import { operationKind } from "../run/records.ts";
import type { OperationRecord } from "../run/records.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { denied, missing } from "./run-services.ts";
import { showKnativeService } from "./run-v1-show.ts";
import { formatTime, showRunService } from "./run-v2-show.ts";
import type { State } from "../state/state.ts";

const operations = "google.longrunning.Operations";
const monthMs = 30 * 24 * 3_600_000;

/** Long-running operations of run.googleapis.com, v1 and v2. Source: google/longrunning/operations.proto. */
export const runOperationMethods: readonly ApiMethod[] = (["v1", "v2"] as const).flatMap((version) => {
  const name = `/${version}/{name=projects/*/locations/*/operations/*}`;
  const shown = ({ state }: MethodCall, record: OperationRecord): object => showOperation(state, record, version);
  return [
    {
      id: `${operations}.ListOperations`,
      route: `GET /${version}/{name=projects/*/locations/*}/operations`,
      handle: list,
    },
    {
      id: `${operations}.GetOperation`,
      route: `GET ${name}`,
      handle: (call: MethodCall) => shown(call, find(call, "run.operations.get")),
    },
    {
      id: `${operations}.WaitOperation`,
      route: `POST ${name}:wait`,
      handle: (call: MethodCall) => shown(call, find(call, "run.operations.get")),
    },
    {
      id: `${operations}.DeleteOperation`,
      route: `DELETE ${name}`,
      handle: async (call: MethodCall) => {
        find(call, "run.operations.delete");
        await call.state.store.delete(operationKind, keyOf(call));
        return {};
      },
    },
  ];

  function list(call: MethodCall): object {
    const { state, caller, path, call: sent } = call;
    const [, project = "", , region = ""] = (path["name"] ?? "").split("/");
    const id = state.findProject(project)?.id;
    if (id === undefined || !holds(state, caller, "run.operations.list", `projects/${id}`)) {
      throw denied("run.operations.list", path["name"] ?? "");
    }
    const found = state.store
      .list(operationKind)
      .filter((record) => record.project === id && record.region === region)
      .map((record) => shown(call, record));
    return paginate("operations", found, sent.query);
  }
});

/**
 * An operation as the call that began it is answered: never done yet, as Google's never are, though here it is. Clients find
 * out when they ask.
 *
 * @param isOnlyChecked Nothing was to be done: then it is over at once.
 */
export function begunOperation(record: OperationRecord, isOnlyChecked: boolean): object {
  const { name, metadata, response } = showRunOperation(record);
  return isOnlyChecked ? { name, metadata, done: true, response } : { name, metadata, done: false };
}

function showOperation(state: State, record: OperationRecord, version: "v1" | "v2"): object {
  const operation = showRunOperation(record);
  if (version === "v2") return operation;
  const type = "type.googleapis.com/google.cloud.run.v1.Service";
  return { ...operation, response: { "@type": type, ...showKnativeService(state, record.service) } };
}

function showRunOperation({ project, region, id, createdMs, service, isDeletion }: OperationRecord): {
  readonly name: string;
  readonly metadata: object;
  readonly done: true;
  readonly response: object;
} {
  const shown = {
    "@type": "type.googleapis.com/google.cloud.run.v2.Service",
    ...showRunService(service),
    ...(isDeletion ? { deleteTime: formatTime(createdMs), expireTime: formatTime(createdMs + monthMs) } : {}),
  };
  const name = `projects/${project}/locations/${region}/operations/${id}`;
  return { name, metadata: shown, done: true, response: shown };
}

function find(call: MethodCall, permission: string): OperationRecord {
  const { state, caller, path } = call;
  const key = keyOf(call);
  const [, project = "", , region = "", , id = ""] = key.split("/");
  if (!holds(state, caller, permission, `projects/${project}`)) throw denied(permission, path["name"] ?? "");
  const found = state.store.get(operationKind, key)?.value;
  if (!found) throw missing("OPERATION", id, { region, project });
  return found;
}

function keyOf({ state, path }: MethodCall): string {
  const [, project = "", ...rest] = (path["name"] ?? "").split("/");
  return ["projects", state.findProject(project)?.id ?? project, ...rest].join("/");
}
