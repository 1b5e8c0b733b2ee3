import { randomUUID } from "node:crypto";
import { serviceAccountEmail } from "../../google/iam.ts";
import { deterministicUrl, formatServiceName, hashUrl } from "../../google/run-name.ts";
import { revisionKind, serviceKind } from "./records.ts";
import type { ServiceRecord } from "./records.ts";
import type { Store } from "../state/store.ts";
import type { WorldService } from "../world/world.ts";
import { defaultServiceAccount } from "./default-account.ts";
import { withDefaults } from "./template.ts";
import { allToLatest } from "./traffic.ts";

/** The image that a service of the world has unless it names one: Google's example. */
const defaultImage = "us-docker.pkg.dev/cloudrun/container/hello";

/** Who has made what a world begins with. */
const worldsCreator = "emulator@runpass.invalid";

/** Puts a service of the world into a store, with the revision that it begins with. */
export function addWorldService(store: Store, wanted: WorldService, projectNumber: string, nowMs: number): void {
  const { name: service, project, region, timeoutSeconds, protocol = "http1" } = wanted;
  const account = wanted.serviceAccount;
  const email = account?.includes("@") === false ? serviceAccountEmail(account, project) : account;
  const value = {
    containers: [{ image: wanted.image ?? defaultImage, ports: [{ name: protocol, containerPort: 8080 }] }],
    ...(timeoutSeconds === undefined ? {} : { timeout: `${timeoutSeconds}s` }),
    ...(email === undefined ? {} : { serviceAccount: email }),
  };
  const template = withDefaults({ dialect: "v2", value }, defaultServiceAccount(projectNumber));
  const revision = `${service}-00001-emu`;
  const name = { project, region, service };
  const record: ServiceRecord = {
    ...name,
    uid: randomUUID(),
    createdMs: nowMs,
    updatedMs: nowMs,
    generation: 1,
    creator: worldsCreator,
    lastModifier: worldsCreator,
    urls: [hashUrl(service, projectNumber, region), deterministicUrl(service, projectNumber, region)],
    latestRevision: revision,
    operation: randomUUID(),
    labels: {},
    annotations: {},
    template,
    traffic: [...allToLatest, ...(wanted.tags ?? []).map((tag) => ({ percent: 0, tag }))],
    customAudiences: wanted.customAudiences ?? [],
    ingress: wanted.ingress ?? "INGRESS_TRAFFIC_ALL",
    invokerIamDisabled: wanted.invokerIamDisabled ?? false,
    defaultUriDisabled: wanted.defaultUriDisabled ?? false,
  };
  void store.put(serviceKind, formatServiceName(name), record);
  void store.put(revisionKind, `${formatServiceName(name)}/revisions/${revision}`, {
    ...name,
    revision,
    uid: randomUUID(),
    createdMs: nowMs,
    generation: 1,
    creator: worldsCreator,
    template,
  });
}
