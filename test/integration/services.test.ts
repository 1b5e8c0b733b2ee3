import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiAnswer } from "../../src/emulator/api/route.ts";
import { createApiClient, messageOf } from "../support/api-client.ts";
import type { ApiClient } from "../support/api-client.ts";

const v1 = "us-central1-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/demo-project";
const v2 = "run.googleapis.com/v2/projects/demo-project/locations/us-central1";
const owner = "admin@example.com";

interface KnativeService {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly annotations: Record<string, string>;
    readonly [member: string]: unknown;
  };
  readonly spec: { readonly template: object; readonly traffic: object[] };
  readonly status: {
    readonly latestReadyRevisionName: string;
    readonly traffic: readonly { readonly tag?: string; readonly url?: string; readonly revisionName: string }[];
  };
}

const knative = (name: string, image = "example.com/app", annotations: Record<string, string> = {}) => ({
  apiVersion: "serving.knative.dev/v1",
  kind: "Service",
  metadata: { name, annotations },
  spec: { template: { spec: { containers: [{ image }] } } },
});

async function deploy(client: ApiClient, name = "web"): Promise<KnativeService> {
  const answer = await client.as(owner)(`POST ${v1}/services`, knative(name));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as KnativeService;
}

function violationsOf(answer: ApiAnswer): readonly { readonly field: string; readonly description: string }[] {
  assert.equal(answer.status, 400, JSON.stringify(answer.body));
  const { error } = answer.body as {
    error: { details: { fieldViolations: { field: string; description: string }[] }[] };
  };
  return error.details[0]!.fieldViolations;
}

test("a changed template makes a revision, and anything else does not", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const created = await deploy(client);
  const first = created.status.latestReadyRevisionName;
  assert.match(first, /^web-00001-[a-z]{3}$/);
  const annotations = { ...created.metadata.annotations, "run.googleapis.com/ingress": "internal" };
  const same = await as(`PUT ${v1}/services/web`, { ...created, metadata: { ...created.metadata, annotations } });
  assert.equal((same.body as KnativeService).status.latestReadyRevisionName, first);
  assert.equal((same.body as KnativeService).metadata.annotations["run.googleapis.com/ingress-status"], "internal");
  const changed = await as(`PUT ${v1}/services/web`, knative("web", "example.com/app:2"));
  assert.match((changed.body as KnativeService).status.latestReadyRevisionName, /^web-00002-/);
  const list = await as(`GET ${v1}/revisions?labelSelector=serving.knative.dev%2Fservice%20%3D%20web`);
  assert.equal((list.body as { items: unknown[] }).items.length, 2);
});

test("a replacement of a state that has passed is refused", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const seen = await deploy(client);
  await as(`PUT ${v1}/services/web`, { ...seen, spec: knative("web", "example.com/app:2").spec });
  const late = await as(`PUT ${v1}/services/web`, seen);
  assert.equal(late.status, 409);
  assert.match(
    messageOf(late),
    /^Conflict for resource 'web': version '.+' was specified but current version is '.+'\.$/,
  );
  const v2Late = await as(`PATCH ${v2}/services/web?updateMask=ingress`, { etag: '"old"', ingress: 2 });
  assert.equal(v2Late.status, 409);
});

test("whoever deploys must be able to write services and to act as the runtime account", async () => {
  const client = createApiClient();
  const viewer = await client.as("dev@example.com")(`POST ${v1}/services`, knative("web"));
  assert.equal(viewer.status, 403);
  assert.equal(
    messageOf(viewer),
    "Permission 'run.services.create' denied on resource 'namespaces/demo-project/services/web' (or resource may not exist).",
  );
  await client.as(owner)("POST cloudresourcemanager.googleapis.com/v1/projects/demo-project:setIamPolicy", {
    policy: {
      bindings: [
        { role: "roles/owner", members: [`user:${owner}`] },
        { role: "roles/run.developer", members: ["user:dev@example.com"] },
      ],
    },
  });
  const developer = await client.as("dev@example.com")(`POST ${v1}/services`, knative("web"));
  assert.equal(developer.status, 403);
  assert.equal(
    messageOf(developer),
    "Permission 'iam.serviceaccounts.actAs' denied on service account 123456789012-compute@developer.gserviceaccount.com (or it may not exist).",
  );
  await client.as(owner)(
    "POST iam.googleapis.com/v1/projects/demo-project/serviceAccounts/123456789012-compute@developer.gserviceaccount.com:setIamPolicy",
    { policy: { bindings: [{ role: "roles/iam.serviceAccountUser", members: ["user:dev@example.com"] }] } },
  );
  const allowed = await client.as("dev@example.com")(`POST ${v1}/services`, knative("web"));
  assert.equal(allowed.status, 200, JSON.stringify(allowed.body));
  const missing = await client.as(owner)(`PATCH ${v2}/services/web?updateMask=template.service_account`, {
    template: { serviceAccount: "nobody@demo-project.iam.gserviceaccount.com" },
  });
  assert.equal(missing.status, 403);
});

test("who may not act as the runtime account changes settings, but makes no revision (a guess: act-as-at-new-revision)", async () => {
  const client = createApiClient();
  await deploy(client);
  const bindings = [
    { role: "roles/owner", members: [`user:${owner}`] },
    { role: "roles/run.developer", members: ["user:dev@example.com"] },
  ];
  const project = "cloudresourcemanager.googleapis.com/v1/projects/demo-project";
  await client.as(owner)(`POST ${project}:setIamPolicy`, { policy: { bindings } });
  const patch = async (mask: string, service: object): Promise<number> =>
    (await client.as("dev@example.com")(`PATCH ${v2}/services/web?updateMask=${mask}`, service)).status;
  assert.equal(await patch("ingress", { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" }), 200);
  assert.equal(await patch("template", { template: { containers: [{ image: "example.com/app:2" }] } }), 403);
});

test("volumes are shown by the version of the API that wrote them (a guess: volumes-across-versions)", async () => {
  const as = createApiClient().as(owner);
  const volumes = [{ name: "scratch", emptyDir: { medium: "MEMORY" } }];
  const template = { containers: [{ image: "i" }], volumes };
  await as(`POST ${v2}/services?serviceId=web`, { template });
  const shown = async (route: string): Promise<unknown> => (await as(`GET ${route}`)).body;
  assert.deepEqual(((await shown(`${v2}/services/web`)) as { template: typeof template }).template.volumes, volumes);
  const { spec } = (await shown(`${v1}/services/web`)) as { spec: { template: { spec: object } } };
  assert.ok(!("volumes" in spec.template.spec));
});

test("a deleted service takes its policy and revisions along, and its name is free again", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const { metadata } = await deploy(client);
  const policy = { bindings: [{ role: "roles/run.invoker", members: ["allUsers"] }] };
  await as(`POST ${v2}/services/web:setIamPolicy`, { policy });
  const taken = await as(`POST ${v1}/services`, knative("web"));
  assert.equal(taken.status, 409);
  const deleted = await as(`DELETE ${v1}/services/web`);
  assert.equal((deleted.body as { status: string }).status, "Success");
  assert.equal((await as(`GET ${v1}/services/web`)).status, 404);
  const again = await deploy(client);
  assert.notEqual(again.metadata["uid"], metadata["uid"]);
  assert.deepEqual((await as(`GET ${v2}/services/web:getIamPolicy`)).body, { etag: "ACAB" });
  const { body } = await as(`GET ${v2}/services/web/revisions`);
  assert.equal((body as { revisions: unknown[] }).revisions.length, 1);
});

test("a dry run checks everything and writes nothing", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  assert.equal((await as(`POST ${v1}/services?dryRun=all`, knative("web"))).status, 200);
  const checked = await as(`POST ${v2}/services?serviceId=web&validateOnly=true`, {
    template: { containers: [{ image: "example.com/app" }] },
  });
  assert.equal((checked.body as { done: boolean }).done, true);
  assert.equal((await as(`POST ${v2}/services?serviceId=web&validateOnly=true`, {})).status, 400);
  assert.equal((await as(`GET ${v1}/services/web`)).status, 404);
});

test("faulty fields are named, each with its path (a guess: field-texts)", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const fieldsOf = async (route: string, body: object): Promise<string[]> =>
    violationsOf(await as(route, body)).map(({ field }) => field);
  assert.deepEqual(await fieldsOf(`POST ${v1}/services`, knative("Web")), ["metadata.name"]);
  assert.deepEqual(await fieldsOf(`POST ${v1}/services`, knative("web", "")), [
    "spec.template.spec.containers[0].image",
  ]);
  const ingress = { "run.googleapis.com/ingress": "some" };
  assert.deepEqual(await fieldsOf(`POST ${v1}/services`, knative("web", "i", ingress)), [
    "metadata.annotations[run.googleapis.com/ingress]",
  ]);
  const template = { containers: [{ image: "i" }] };
  const create = `POST ${v2}/services?serviceId=web`;
  assert.deepEqual(await fieldsOf(create, { template, labels: { "run.googleapis.com/x": "y" } }), [
    "labels[run.googleapis.com/x]",
  ]);
  assert.deepEqual(await fieldsOf(create, { template: { ...template, timeout: "3601s" } }), ["template.timeout"]);
  const resources = { limits: { cpu: "1000m", memory: "lots" } };
  assert.deepEqual(await fieldsOf(create, { template: { containers: [{ image: "i", resources }] } }), [
    "template.containers[0].resources.limits.memory",
  ]);
  assert.deepEqual(await fieldsOf(create, { template, traffic: [{ percent: 90 }] }), ["traffic"]);
  assert.deepEqual(await fieldsOf(create, { template, nonsense: 1 }), ["service"]);
  const audiences = ["x".repeat(32_768)];
  assert.deepEqual(await fieldsOf(create, { template, customAudiences: audiences }), ["custom_audiences"]);
  assert.deepEqual(await fieldsOf(`POST ${v2}/services?serviceId=${"w".repeat(50)}`, { template }), ["service_id"]);
});

test("nothing is made in a region that there is not (a guess: unknown-region)", async () => {
  const as = createApiClient().as(owner);
  const template = { containers: [{ image: "i" }] };
  const typo = v2.replace("us-central1", "us-central11");
  const byV2 = await as(`POST ${typo}/services?serviceId=web`, { template });
  const byV1 = await as(`POST ${v1.replace("us-central1", "us-central11")}/services`, knative("web"));
  for (const answer of [byV1, byV2]) {
    assert.equal(answer.status, 403);
    assert.equal(messageOf(answer), "Location us-central11 is not found or access is unauthorized.");
  }
});

test("what one version of the API wrote, the other shows and changes", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const env = [{ name: "SECRET", valueFrom: { secretKeyRef: { name: "key", key: "3" } } }];
  await as(`POST ${v1}/services`, {
    ...knative("web"),
    metadata: { name: "web", annotations: { "run.googleapis.com/custom-audiences": '["https://a.example"]' } },
    spec: {
      template: {
        metadata: { annotations: { "autoscaling.knative.dev/minScale": "1" } },
        spec: { timeoutSeconds: 20, containers: [{ image: "i", env, ports: [{ name: "h2c", containerPort: 9000 }] }] },
      },
    },
  });
  const { template, customAudiences } = (await as(`GET ${v2}/services/web`)).body as {
    template: { timeout: string; scaling: object; containers: { env: object[]; ports: object[] }[] };
    customAudiences: string[];
  };
  assert.deepEqual(customAudiences, ["https://a.example"]);
  assert.equal(template.timeout, "20s");
  assert.deepEqual(template.scaling, { minInstanceCount: 1, maxInstanceCount: 100 });
  assert.deepEqual(template.containers[0]!.env, [
    { name: "SECRET", valueSource: { secretKeyRef: { secret: "key", version: "3" } } },
  ]);
  const before = ((await as(`GET ${v1}/services/web`)).body as KnativeService).status.latestReadyRevisionName;
  const patched = await as(`PATCH ${v2}/services/web?updateMask=customAudiences,description`, { description: "mine" });
  assert.equal(patched.status, 200, JSON.stringify(patched.body));
  const after = (await as(`GET ${v1}/services/web`)).body as KnativeService;
  assert.equal(after.status.latestReadyRevisionName, before);
  assert.equal(after.metadata.annotations["run.googleapis.com/description"], "mine");
  assert.equal(after.metadata.annotations["run.googleapis.com/custom-audiences"], undefined);
});

test("a service that v2 wrote comes through v1's read and replace with no new revision", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  await as(`POST ${v2}/services?serviceId=web`, {
    template: {
      labels: { team: "a" },
      executionEnvironment: 2,
      sessionAffinity: true,
      vpcAccess: { egress: 1 },
      scaling: { maxInstanceCount: 3 },
      containers: [{ image: "i", resources: { cpuIdle: true, limits: { memory: "1Gi" } } }],
    },
  });
  const read = (await as(`GET ${v1}/services/web`)).body as KnativeService;
  const written = (await as(`PUT ${v1}/services/web`, read)).body as KnativeService;
  assert.equal(written.status.latestReadyRevisionName, read.status.latestReadyRevisionName);
});

test("long-running operations are not done when they begin, and are when somebody asks", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const { body } = await as(`POST ${v2}/services?serviceId=web`, { template: { containers: [{ image: "i" }] } });
  const begun = body as { name: string; done?: boolean; metadata: Record<string, unknown> };
  assert.match(begun.name, /^projects\/demo-project\/locations\/us-central1\/operations\/[-0-9a-f]{36}$/);
  assert.equal(begun.done, false);
  assert.equal(begun.metadata["@type"], "type.googleapis.com/google.cloud.run.v2.Service");
  for (const route of [`GET run.googleapis.com/v2/${begun.name}`, `POST run.googleapis.com/v2/${begun.name}:wait`]) {
    const { done, response } = (await as(route)).body as { done: boolean; response: Record<string, unknown> };
    assert.equal(done, true);
    assert.equal(response["name"], "projects/demo-project/locations/us-central1/services/web");
  }
  const list = (await as(`GET ${v2}/operations`)).body as { operations: { name: string }[] };
  assert.deepEqual(
    list.operations.map(({ name }) => name),
    [begun.name],
  );
  const knativeAnswer = (await as(`GET run.googleapis.com/v1/${begun.name}`)).body as { response: { kind: string } };
  assert.equal(knativeAnswer.response.kind, "Service");
  assert.equal((await as(`DELETE run.googleapis.com/v2/${begun.name}`)).status, 200);
  assert.equal((await as(`GET run.googleapis.com/v2/${begun.name}`)).status, 404);
  const stranger = client.as("invoker@demo-project.iam.gserviceaccount.com");
  assert.equal((await stranger(`GET ${v2}/operations`)).status, 403);
});

test("traffic goes to revisions and tags that exist, and a revision that gets some cannot be deleted", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  const created = await deploy(client);
  const first = created.status.latestReadyRevisionName;
  const traffic = [
    { revisionName: first, percent: 100 },
    { latestRevision: true, tag: "green" },
  ];
  const wanted = { ...knative("web", "i:2"), spec: { ...knative("web", "i:2").spec, traffic } };
  const { status } = (await as(`PUT ${v1}/services/web`, wanted)).body as KnativeService;
  assert.equal(status.traffic[0]!.revisionName, first);
  assert.match(status.traffic[1]!.url!, /^https:\/\/green---web-.*-uc\.a\.run\.app$/);
  assert.equal((await as(`DELETE ${v1}/revisions/${first}`)).status, 400);
  const back = await as(`PATCH ${v2}/services/web?updateMask=traffic`, { traffic: [{ type: 1, percent: 100 }] });
  assert.equal(back.status, 200, JSON.stringify(back.body));
  assert.equal((await as(`DELETE ${v1}/revisions/${first}`)).status, 200);
  const faulty = await as(`PATCH ${v2}/services/web?updateMask=traffic`, {
    traffic: [{ revision: first, percent: 100 }],
  });
  assert.deepEqual(
    violationsOf(faulty).map(({ field }) => field),
    ["traffic[0].revision"],
  );
});

test("services of one name in several regions are different services, and a regional host knows its own", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  await deploy(client);
  const europe = "europe-west1-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/demo-project/services";
  assert.equal((await as(`GET ${europe}/web`)).status, 404);
  assert.equal((await as(`POST ${europe}`, knative("web"))).status, 200);
  assert.equal((await as(`DELETE ${v1}/services/web`)).status, 200);
  const { status } = (await as(`GET ${europe}/web`)).body as { status: { url: string } };
  assert.match(status.url, /-ew\.a\.run\.app$/);
  // Without a region in the host, a label names it.
  const global = "run.googleapis.com/apis/serving.knative.dev/v1/namespaces/demo-project/services";
  assert.equal((await as(`POST ${global}`, knative("web"))).status, 400);
  const labels = { "cloud.googleapis.com/location": "us-east1" };
  const labelled = await as(`POST ${global}`, { ...knative("web"), metadata: { name: "web", labels } });
  assert.equal(labelled.status, 200);
});

test("Knative's configurations and routes are there to be read", async () => {
  const client = createApiClient();
  const as = client.as(owner);
  await deploy(client);
  const route = (await as(`GET ${v1}/routes/web`)).body as { kind: string; status: { url: string } };
  assert.equal(route.kind, "Route");
  assert.match(route.status.url, /^https:\/\/web-/);
  const configurations = (await as(`GET ${v1}/configurations`)).body as { items: { kind: string }[] };
  assert.deepEqual(
    configurations.items.map(({ kind }) => kind),
    ["Configuration", "Configuration"],
  );
});
