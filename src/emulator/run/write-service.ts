import { randomBytes, randomUUID } from "node:crypto";
import { isServiceId, deterministicUrl, formatServiceName, hashUrl } from "../../google/run-name.ts";
import type { RunServiceName } from "../../google/run-name.ts";
import { badRequest } from "../../google/status.ts";
import { formatServiceAccountName } from "../../google/iam.ts";
import { holds } from "../api/caller.ts";
import type { Caller } from "../api/caller.ts";
import { ApiFailure } from "../api/route.ts";
import { policyKind, resourceTagKind } from "../state/records.ts";
import { operationKind, revisionKind, serviceKind } from "./records.ts";
import type { OperationRecord, RevisionRecord, ServiceRecord, ServiceSpec } from "./records.ts";
import type { State } from "../state/state.ts";
import type { Stored } from "../state/store.ts";
import { defaultServiceAccount } from "./default-account.ts";
import { isSameTemplate, readTemplate } from "./template.ts";
import { findViolations } from "./service-violations.ts";
import type { Wording } from "./service-violations.ts";

/** How a write is to be done. */
export interface WriteOptions {
  /** How the API that was called names the fields, for errors. */
  readonly wording: Wording;
  /** Checks everything and writes nothing. */
  readonly validateOnly: boolean;
  /** Makes a revision even where the template is the same. */
  readonly forceNewRevision?: boolean;
}

/**
 * Makes a service, with its first revision.
 *
 * @throws {ApiFailure} `ALREADY_EXISTS`, `INVALID_ARGUMENT`; `PERMISSION_DENIED` where the caller may not act as the runtime account.
 */
export async function createService(
  state: State,
  caller: Caller,
  name: RunServiceName,
  spec: ServiceSpec,
  options: WriteOptions,
): Promise<OperationRecord> {
  if (!isServiceId(name.service)) {
    throw invalidRequest([
      {
        field: options.wording.name,
        description:
          "only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen; must be less than 50 characters",
      },
    ]);
  }
  if (state.store.get(serviceKind, formatServiceName(name))) {
    throw new ApiFailure("ALREADY_EXISTS", `Resource '${name.service}' already exists.`);
  }
  return write(state, caller, name, spec, undefined, options);
}

/**
 * Replaces what a service is to be. A changed template makes a revision.
 *
 * @param stored The service as it was read: it must not have changed since.
 * @throws {ApiFailure} As {@link createService}, and `ABORTED`.
 */
export function replaceService(
  state: State,
  caller: Caller,
  stored: Stored<ServiceRecord>,
  spec: ServiceSpec,
  options: WriteOptions,
): Promise<OperationRecord> {
  return write(state, caller, stored.value, spec, stored, options);
}

/** Removes a service with its revisions and its policy: another one of its name inherits nothing. */
export async function deleteService(
  state: State,
  service: ServiceRecord,
  options: Pick<WriteOptions, "validateOnly">,
): Promise<OperationRecord> {
  const operation = newOperation(state, service, true);
  if (options.validateOnly) return operation;
  const name = formatServiceName(service);
  // In one turn, so that it is kept whole.
  await Promise.all([
    ...revisionsOf(state, service).map(({ revision }) =>
      state.store.delete(revisionKind, `${name}/revisions/${revision}`),
    ),
    state.store.delete(policyKind, name),
    state.store.delete(resourceTagKind, name),
    state.store.delete(serviceKind, name),
    keep(state, operation),
  ]);
  return operation;
}

/** The revisions of a service, oldest first. */
export function revisionsOf(state: State, name: RunServiceName): RevisionRecord[] {
  return state.store
    .list(revisionKind)
    .filter(
      ({ project, region, service }) => project === name.project && region === name.region && service === name.service,
    );
}

/** A request with faulty fields. Source: observed as gcloud prints it. */
export function invalidRequest(violations: Parameters<typeof badRequest>[0]): ApiFailure {
  return new ApiFailure("INVALID_ARGUMENT", "The request has errors", [badRequest(violations)]);
}

async function write(
  state: State,
  caller: Caller,
  { project, region, service }: RunServiceName,
  spec: ServiceSpec,
  stored: Stored<ServiceRecord> | undefined,
  options: WriteOptions,
): Promise<OperationRecord> {
  const name = { project, region, service };
  const key = formatServiceName(name);
  const previous = stored?.value;
  const revisions = revisionsOf(state, name);
  const { latestRevision, isNew } = chooseRevision(
    service,
    spec,
    previous,
    revisions,
    options.forceNewRevision === true,
  );
  const violations = findViolations(name, spec, options.wording, (revision) =>
    [latestRevision, ...revisions.map((each) => each.revision)].includes(revision),
  );
  if (violations.length > 0) throw invalidRequest(violations);
  if (isNew) checkActAs(state, caller, project, readTemplate(spec.template).serviceAccount);

  const nowMs = state.clock.nowMs();
  const generation = (previous?.generation ?? 0) + 1;
  const { principal } = caller;
  const writer = principal.kind === "federated" ? principal.subject : principal.email;
  const number = state.findProject(project)?.number ?? "";
  const record: ServiceRecord = {
    ...spec,
    ...name,
    uid: previous?.uid ?? randomUUID(),
    createdMs: previous?.createdMs ?? nowMs,
    updatedMs: nowMs,
    generation,
    creator: previous?.creator ?? writer,
    lastModifier: writer,
    urls: previous?.urls ?? [hashUrl(service, number, region), deterministicUrl(service, number, region)],
    latestRevision,
    operation: randomUUID(),
  };
  const operation = newOperation(state, record, false);
  if (options.validateOnly) return operation;
  if (stored && state.store.get(serviceKind, key)?.etag !== stored.etag) {
    throw new ApiFailure("ABORTED", `Conflict for resource '${service}': it was changed at the same time.`);
  }
  const { template } = spec;
  const revision = { ...name, revision: latestRevision, uid: randomUUID(), createdMs: nowMs, generation };
  // In one turn, so that it is kept whole.
  await Promise.all([
    state.store.put(serviceKind, key, record),
    isNew &&
      state.store.put(revisionKind, `${key}/revisions/${latestRevision}`, { ...revision, creator: writer, template }),
    keep(state, operation),
  ]);
  return operation;
}

/**
 * Which revision a service has after a write, and whether it is made by it: where the template has changed, unless it names one
 * that is there already and the same.
 *
 * @throws {ApiFailure} `ALREADY_EXISTS` where the one that it names is another.
 */
function chooseRevision(
  service: string,
  { template }: ServiceSpec,
  previous: ServiceRecord | undefined,
  revisions: readonly RevisionRecord[],
  isForced: boolean,
): { readonly latestRevision: string; readonly isNew: boolean } {
  const wanted = readTemplate(template).revision;
  const named = revisions.find(({ revision }) => revision === wanted);
  if (named && !isSameTemplate(named.template, template)) {
    throw new ApiFailure(
      "ALREADY_EXISTS",
      `Revision named '${named.revision}' with different configuration already exists.`,
    );
  }
  if (previous && !isForced && isSameTemplate(previous.template, template)) {
    return { latestRevision: previous.latestRevision, isNew: false };
  }
  return { latestRevision: wanted ?? generateRevisionName(service, revisions.length + 1), isNew: !named };
}

/**
 * Whoever deploys lends the service an account's powers, and so must hold them. That a missing account gets the same answer is
 * in the text itself. Source: Cloud Run documentation, "Troubleshoot: deployment"; the text as observed.
 */
function checkActAs(state: State, caller: Caller, project: string, email?: string): void {
  const account = state.findAccount(email ?? defaultServiceAccount(state.findProject(project)?.number ?? ""));
  const permission = "iam.serviceAccounts.actAs";
  const isAllowed =
    account !== undefined &&
    account.state !== "deleted" &&
    holds(state, caller, permission, formatServiceAccountName(account.email, account.project));
  if (isAllowed) return;
  const shown = email ?? defaultServiceAccount(state.findProject(project)?.number ?? "");
  throw new ApiFailure(
    "PERMISSION_DENIED",
    `Permission 'iam.serviceaccounts.actAs' denied on service account ${shown} (or it may not exist).`,
  );
}

function newOperation({ clock }: State, service: ServiceRecord, isDeletion: boolean): OperationRecord {
  const { project, region } = service;
  const id = isDeletion ? randomUUID() : service.operation;
  return { project, region, id, createdMs: clock.nowMs(), service, isDeletion };
}

async function keep({ store }: State, operation: OperationRecord): Promise<void> {
  const { project, region, id } = operation;
  await store.put(operationKind, `projects/${project}/locations/${region}/operations/${id}`, operation);
}

/** `S-00002-qux`: the number counts the service's revisions. */
function generateRevisionName(service: string, count: number): string {
  const letters = Array.from(randomBytes(3), (byte) => "bcdfghjklmnpqrstvwxz"[byte % 20]).join("");
  return `${service}-${String(count).padStart(5, "0")}-${letters}`;
}
