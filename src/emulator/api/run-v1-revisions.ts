import { formatServiceName } from "../../google/run-name.ts";
import { revisionKind, serviceKind } from "../run/records.ts";
import type { RevisionRecord, ServiceRecord } from "../run/records.ts";
import { deleteRevision } from "../run/delete-revision.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { denied, findService, missing } from "./run-services.ts";
import { placeOf, regionWithin } from "./run-v1.ts";
import { revisionLabels, showConfiguration, showKnativeRevision, showRoute } from "./run-v1-show.ts";

const namespace = "/apis/serving.knative.dev/v1/namespaces/{project}";
const revisions = "google.cloud.run.v1.Revisions";
const configurations = "google.cloud.run.v1.Configurations";
const routes = "google.cloud.run.v1.Routes";

/** Revisions, and the Configurations and Routes that Knative has between them and a service. Source: the API's discovery document. */
export const runV1RevisionMethods: readonly ApiMethod[] = [
  { id: `${revisions}.ListRevisions`, route: `GET ${namespace}/revisions`, handle: list },
  { id: `${revisions}.GetRevision`, route: `GET ${namespace}/revisions/{revision}`, handle: get },
  { id: `${revisions}.DeleteRevision`, route: `DELETE ${namespace}/revisions/{revision}`, handle: remove },
  ...(
    [
      ["configurations", configurations, "Configuration", showConfiguration],
      ["routes", routes, "Route", showRoute],
    ] as const
  ).flatMap(([collection, api, kind, show]) => [
    {
      id: `${api}.List${kind}s`,
      route: `GET ${namespace}/${collection}`,
      handle: (call: MethodCall) => ({
        apiVersion: "serving.knative.dev/v1",
        kind: `${kind}List`,
        metadata: {},
        items: servicesOf(call, `run.${collection}.list`).map((record) => show(call.state, record)),
      }),
    },
    {
      id: `${api}.Get${kind}`,
      route: `GET ${namespace}/${collection}/{service}`,
      handle: (call: MethodCall) => {
        const { state, caller, path } = call;
        const wanted = path["service"] ?? "";
        const region = regionWithin(call, ({ service }) => service === wanted);
        const { project, shownParent } = placeOf(call);
        const shownName = `${shownParent}/${collection}/${wanted}`;
        const name = { project, region, service: wanted };
        return show(state, findService(state, caller, name, `run.${collection}.get`, shownName).value);
      },
    },
  ]),
];

function list(call: MethodCall): object {
  const { project, region } = placeOf(call);
  const id = authorizeProject(call, project, "run.revisions.list");
  const isSelected = parseSelector(call.call.query.get("labelSelector") ?? "");
  const items = call.state.store
    .list(revisionKind)
    .filter((record) => record.project === id && (region ?? record.region) === record.region)
    .filter((record) => isSelected(revisionLabels(record)))
    .toReversed() // the newest first, as Google lists them
    .map((record) => showKnativeRevision(call.state, record));
  return { apiVersion: "serving.knative.dev/v1", kind: "RevisionList", metadata: {}, items };
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
    .find((each) => each.revision === wanted && each.project === id && (region ?? each.region) === each.region);
  const resource = found ? formatServiceName(found) : `projects/${id}`;
  if (!holds(state, caller, permission, resource)) throw denied(permission, `${shownParent}/revisions/${wanted}`);
  if (!found) throw missing("REVISION", wanted, { region: region ?? "-", project: id });
  return found;
}

function servicesOf(call: MethodCall, permission: string): readonly ServiceRecord[] {
  const { project, region } = placeOf(call);
  const id = authorizeProject(call, project, permission);
  return call.state.store
    .list(serviceKind)
    .filter((record) => record.project === id && (region ?? record.region) === record.region);
}

function authorizeProject({ state, caller }: MethodCall, project: string, permission: string): string {
  const id = state.findProject(project)?.id;
  if (id === undefined || !holds(state, caller, permission, `projects/${id}`)) {
    throw denied(permission, `namespaces/${project}`);
  }
  return id;
}

/** Reads Kubernetes' `a = b, c=d, e in (f, g)`. What it cannot read selects nothing. */
function parseSelector(text: string): (labels: Readonly<Record<string, string>>) => boolean {
  const terms = text.split(/,(?![^(]*\))/).filter((term) => term.trim() !== "");
  const wanted = terms.map((term) => {
    const match = /^\s*([^\s=!]+)\s*(?:==?\s*([^\s=]+)|in\s*\(([^)]*)\))\s*$/.exec(term);
    return { key: match?.[1], values: (match?.[2] ?? match?.[3] ?? "").split(",").map((value) => value.trim()) };
  });
  return (labels) => wanted.every(({ key, values }) => key !== undefined && values.includes(labels[key] ?? ""));
}
