import { formatServiceName } from "../../google/run-name.ts";
import { revisionKind, serviceKind } from "../run/records.ts";
import type { RevisionRecord, ServiceRecord } from "../run/records.ts";
import { deleteRevision } from "../run/delete-revision.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { showKnativeList } from "./knative-list.ts";
import { denied, findService, missing } from "./run-services.ts";
import { placeOf, regionWithin } from "./run-v1.ts";
import { showConfiguration, showKnativeRevision, showRoute } from "./run-v1-show.ts";

const namespace = "/apis/serving.knative.dev/v1/namespaces/{project}";
const location = "/v1/{parent=projects/*/locations/*}";
const revisions = "google.cloud.run.v1.Revisions";
const configurations = "google.cloud.run.v1.Configurations";
const routes = "google.cloud.run.v1.Routes";

/** Revisions, and the Configurations and Routes that Knative has between them and a service. Source: the API's discovery document. */
export const runV1RevisionMethods: readonly ApiMethod[] = [
  ...[`${namespace}/revisions`, `${location}/revisions`].flatMap((path) => [
    { id: `${revisions}.ListRevisions`, route: `GET ${path}`, handle: list },
    { id: `${revisions}.GetRevision`, route: `GET ${path}/{revision}`, handle: get },
    { id: `${revisions}.DeleteRevision`, route: `DELETE ${path}/{revision}`, handle: remove },
  ]),
  ...(
    [
      ["configurations", configurations, "Configuration", showConfiguration],
      ["routes", routes, "Route", showRoute],
    ] as const
  ).flatMap(([collection, api, kind, show]) =>
    [`${namespace}/${collection}`, `${location}/${collection}`].flatMap((path) => [
      {
        id: `${api}.List${kind}s`,
        route: `GET ${path}`,
        handle: (call: MethodCall) => {
          const items = servicesOf(call, `run.${collection}.list`).map((record) => show(call.state, record));
          return showKnativeList(kind, items, call.call.query);
        },
      },
      {
        id: `${api}.Get${kind}`,
        route: `GET ${path}/{service}`,
        handle: (call: MethodCall) => {
          const { state, caller } = call;
          const wanted = call.path["service"] ?? "";
          const region = regionWithin(call, ({ service }) => service === wanted);
          const { project, shownParent } = placeOf(call);
          const shownName = `${shownParent}/${collection}/${wanted}`;
          const name = { project, region, service: wanted };
          return show(state, findService(state, caller, name, `run.${collection}.get`, shownName).value);
        },
      },
    ]),
  ),
];

function list(call: MethodCall): object {
  const { project, region } = placeOf(call);
  const id = authorizeProject(call, project, "run.revisions.list");
  const items = call.state.store
    .list(revisionKind)
    .filter((record) => record.project === id && isWithin(record, region))
    .toReversed() // the newest first, as Google lists them
    .map((record) => showKnativeRevision(call.state, record));
  return showKnativeList("Revision", items, call.call.query);
}

/** @param region Absent or `-` for all of them. */
function isWithin(record: { readonly region: string }, region = "-"): boolean {
  return region === "-" || record.region === region;
}

function get(call: MethodCall): object {
  return showKnativeRevision(call.state, find(call, "run.revisions.get"));
}

async function remove(call: MethodCall): Promise<object> {
  const { revision, uid } = await deleteRevision(call.state, find(call, "run.revisions.delete"));
  return {
    metadata: {},
    status: "Success",
    details: { name: revision, group: "serving.knative.dev", kind: "revisions", uid },
  };
}

function find(call: MethodCall, permission: string): RevisionRecord {
  const { state, caller } = call;
  const { project, region, shownParent } = placeOf(call);
  const wanted = call.path["revision"] ?? "";
  const id = state.findProject(project)?.id ?? project;
  const found = state.store
    .list(revisionKind)
    .find((each) => each.revision === wanted && each.project === id && isWithin(each, region));
  const resource = found ? formatServiceName(found) : `projects/${id}`;
  if (!holds(state, caller, permission, resource)) throw denied(permission, `${shownParent}/revisions/${wanted}`);
  if (!found) throw missing("REVISION", wanted, { region: region ?? "-", project: id });
  return found;
}

function servicesOf(call: MethodCall, permission: string): readonly ServiceRecord[] {
  const { project, region } = placeOf(call);
  const id = authorizeProject(call, project, permission);
  return call.state.store.list(serviceKind).filter((record) => record.project === id && isWithin(record, region));
}

function authorizeProject(call: MethodCall, project: string, permission: string): string {
  const { state, caller } = call;
  const id = state.findProject(project)?.id;
  if (id === undefined || !holds(state, caller, permission, `projects/${id}`)) {
    throw denied(permission, placeOf(call).shownParent);
  }
  return id;
}
