import { formatServiceName } from "../../google/run-name.ts";
import { serviceKind } from "../run/records.ts";
import type { ServiceRecord } from "../run/records.ts";
import { createService, deleteService, replaceService } from "../run/write-service.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { paginate } from "./page.ts";
import { policyMethods } from "./policy-methods.ts";
import { ApiFailure } from "./route.ts";
import { begunOperation } from "./run-operations.ts";
import {
  authorizeCreation,
  checkRegion,
  denied,
  findForTest,
  findService,
  listServices,
  parseName,
} from "./run-services.ts";
import { mergeService, readRunService, readServiceBody, readUpdateMask, v2Wording } from "./run-v2-read.ts";
import { etagOf, showRunService } from "./run-v2-show.ts";

const service = "google.cloud.run.v2.Services";

/** Services of run.googleapis.com v2. Writes answer with a long-running operation. Source: google/cloud/run/v2/service.proto. */
export const runV2Methods: readonly ApiMethod[] = [
  { id: `${service}.ListServices`, route: "GET /v2/{parent=projects/*/locations/*}/services", handle: list },
  { id: `${service}.CreateService`, route: "POST /v2/{parent=projects/*/locations/*}/services", handle: create },
  { id: `${service}.GetService`, route: "GET /v2/{name=projects/*/locations/*/services/*}", handle: get },
  { id: `${service}.UpdateService`, route: "PATCH /v2/{name=projects/*/locations/*/services/*}", handle: patch },
  { id: `${service}.DeleteService`, route: "DELETE /v2/{name=projects/*/locations/*/services/*}", handle: remove },
  ...policyMethods({
    service,
    path: "/v2/{resource=projects/*/locations/*/services/*}",
    getBy: "GET",
    permissionPrefix: "run.services",
    find: (state, name, caller, permission) =>
      formatServiceName(findService(state, caller, parseName(name), permission, name).value),
    findForTest,
    denied,
  }),
];

function list({ state, caller, call, path: { parent = "" } }: MethodCall): object {
  const [, project = "", , region = ""] = parent.split("/");
  if (region === "-") {
    throw new ApiFailure("INVALID_ARGUMENT", "Listing services of all locations is not possible with v2: name one.");
  }
  return paginate("services", listServices(state, caller, project, region).map(showRunService), call.query);
}

function get({ state, caller, path: { name = "" } }: MethodCall): object {
  return showRunService(findService(state, caller, parseName(name), "run.services.get", name).value);
}

function create(call: MethodCall): Promise<object> {
  const { parent = "" } = call.path;
  return createAt(call, `${parent}/services/${call.call.query.get("serviceId") ?? ""}`);
}

async function createAt(call: MethodCall, name: string): Promise<object> {
  const { state, caller, body } = call;
  const [, wantedProject = "", , region = "", , id = ""] = name.split("/");
  const project = authorizeCreation(state, caller, wantedProject, "run.services.create", name);
  checkRegion(state, region);
  const spec = readRunService(readServiceBody(body), state.findProject(project)?.number ?? "");
  const operation = await createService(state, caller, { project, region, service: id }, spec, options(call));
  return begunOperation(operation, isValidateOnly(call));
}

async function patch(call: MethodCall): Promise<object> {
  const { state, caller, call: sent, path } = call;
  const body = readServiceBody(call.body);
  const { name = "" } = path;
  const allowMissing = sent.query.get("allowMissing") === "true";
  if (allowMissing && !exists(call, name)) return createAt(call, name);
  const stored = findService(state, caller, parseName(name), "run.services.update", name);
  checkEtag(stored.value, body["etag"]);
  const merged = mergeService(showRunService(stored.value), body, readUpdateMask(sent.query.get("updateMask")));
  const { project, annotations, template } = stored.value;
  const spec = readRunService(merged, state.findProject(project)?.number ?? "", annotations);
  // Where the template is not touched it stays in the words in which it was written.
  const isTouched = readUpdateMask(sent.query.get("updateMask")).some((field) => field.startsWith("template"));
  const operation = await replaceService(state, caller, stored, isTouched ? spec : { ...spec, template }, {
    ...options(call),
    forceNewRevision: sent.query.get("forceNewRevision") === "true",
  });
  return begunOperation(operation, isValidateOnly(call));
}

async function remove(call: MethodCall): Promise<object> {
  const { state, caller, call: sent, path } = call;
  const { name = "" } = path;
  const { value } = findService(state, caller, parseName(name), "run.services.delete", name);
  checkEtag(value, sent.query.get("etag"));
  const operation = await deleteService(state, value, options(call));
  return begunOperation(operation, isValidateOnly(call));
}

function exists({ state }: MethodCall, name: string): boolean {
  const parsed = parseName(name);
  const project = state.findProject(parsed.project)?.id ?? parsed.project;
  return state.store.get(serviceKind, formatServiceName({ ...parsed, project })) !== undefined;
}

/** @throws {ApiFailure} `ABORTED` where the caller has seen another state. The text is a guess. */
function checkEtag(record: ServiceRecord, etag: unknown): void {
  if (!etag || etag === etagOf(record)) return;
  throw new ApiFailure(
    "ABORTED",
    `Conflict for resource '${record.service}': the etag does not match the current one.`,
  );
}

function options(call: MethodCall): { readonly wording: typeof v2Wording; readonly validateOnly: boolean } {
  return { wording: v2Wording, validateOnly: isValidateOnly(call) };
}

function isValidateOnly({ call }: MethodCall): boolean {
  return call.query.get("validateOnly") === "true";
}
