import { formatServiceName } from "../../google/run-name.ts";
import { revisionKind } from "../run/records.ts";
import type { RevisionRecord } from "../run/records.ts";
import { deleteRevision } from "../run/delete-revision.ts";
import { revisionsOf } from "../run/write-service.ts";
import { holds } from "./caller.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { denied, missing, parseName } from "./run-services.ts";
import { formatTime, showRunRevision } from "./run-v2-show.ts";

const revisions = "google.cloud.run.v2.Revisions";
const parent = "/v2/{parent=projects/*/locations/*/services/*}/revisions";
const name = "/v2/{name=projects/*/locations/*/services/*/revisions/*}";

/** Revisions of run.googleapis.com v2. Service `-` stands for all. Source: google/cloud/run/v2/revision.proto. */
export const runV2RevisionMethods: readonly ApiMethod[] = [
  { id: `${revisions}.ListRevisions`, route: `GET ${parent}`, handle: list },
  { id: `${revisions}.GetRevision`, route: `GET ${name}`, handle: (call) => showRunRevision(find(call, "get")) },
  { id: `${revisions}.DeleteRevision`, route: `DELETE ${name}`, handle: remove },
];

function list({ state, caller, call, path: { parent: of = "" } }: MethodCall): object {
  const wanted = parseName(of);
  const project = state.findProject(wanted.project)?.id ?? wanted.project;
  const permission = "run.revisions.list";
  const resource = wanted.service === "-" ? `projects/${project}` : formatServiceName({ ...wanted, project });
  if (!holds(state, caller, permission, resource)) throw denied(permission, of);
  const found =
    wanted.service === "-"
      ? state.store.list(revisionKind).filter((record) => record.project === project && record.region === wanted.region)
      : revisionsOf(state, { ...wanted, project });
  return paginate("revisions", found.toReversed().map(showRunRevision), call.query);
}

async function remove(call: MethodCall): Promise<object> {
  const record = await deleteRevision(call.state, find(call, "delete"));
  const { project, region, uid } = record;
  const now = formatTime(call.state.clock.nowMs());
  const response = {
    "@type": "type.googleapis.com/google.cloud.run.v2.Revision",
    ...showRunRevision(record),
    deleteTime: now,
  };
  return {
    name: `projects/${project}/locations/${region}/operations/${uid}`,
    metadata: response,
    done: true,
    response,
  };
}

function find({ state, caller, path }: MethodCall, verb: "get" | "delete"): RevisionRecord {
  const shownName = path["name"] ?? "";
  const [serviceName = "", revision = ""] = shownName.split("/revisions/");
  const wanted = parseName(serviceName);
  const project = state.findProject(wanted.project)?.id ?? wanted.project;
  const service = formatServiceName({ ...wanted, project });
  const permission = `run.revisions.${verb}`;
  if (!holds(state, caller, permission, service)) throw denied(permission, shownName);
  const found = state.store.get(revisionKind, `${service}/revisions/${revision}`)?.value;
  if (!found) throw missing("REVISION", revision, { region: wanted.region, project });
  return found;
}
