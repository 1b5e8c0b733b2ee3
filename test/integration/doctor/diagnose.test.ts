import assert from "node:assert/strict";
import { before, test } from "node:test";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import type { World } from "../../../src/emulator/world/world.ts";
import { loadConditions } from "../../../src/gate/condition.ts";
import { forbiddenPage, notFoundPage, unauthorizedPage } from "../../../src/gate/pages.ts";
import { errorInfo } from "../../../src/google/status.ts";
import { createGoogleInProcess } from "../../support/google-in-process.ts";
import { diagnose } from "../../../src/doctor/diagnose.ts";
import type { Diagnosis, Finding, Link } from "../../../src/doctor/finding.ts";
import type { DiagnoseOptions } from "../../../src/doctor/walk.ts";

before(loadConditions);

/** What stands in the place of an answer; `undefined` lets the request through. */
type Intercept = (url: string) => Response | Error | undefined;

const openWorld: World = {
  ...defaultWorld,
  services: defaultWorld.services.map((service) => ({
    ...service,
    bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com"] }],
  })),
};

const requests: string[] = [];

async function diagnoseIn(
  world: World,
  intercept: Intercept,
  options: Partial<DiagnoseOptions> = {},
): Promise<Diagnosis> {
  const google = createGoogleInProcess(world, Date.parse("2026-11-23T12:00:00Z"));
  const { context, credential, accessToken } = await google.logIn("dev@example.com");
  requests.length = 0;
  const fetch: typeof context.fetch = async (url, init) => {
    requests.push(url);
    const instead = intercept(url);
    if (instead instanceof Error) throw new TypeError("fetch failed", { cause: instead });
    return instead ?? context.fetch(url, init);
  };
  return diagnose(
    { ...context, fetch },
    {
      target: { kind: "service", service: "my-service", path: "/x" },
      project: "demo-project",
      region: "us-central1",
      credential: async () => credential,
      accessToken: async () => accessToken,
      self: async () => "user:dev@example.com",
      ...options,
    },
  );
}

const find = ({ findings }: Diagnosis, link: Link): Finding => findings.find((each) => each.link === link)!;
const isService = (url: string): boolean => new URL(url).host.endsWith(".run.app");

function answer(status: number, headers: Readonly<Record<string, string>>, body = ""): Response {
  return new Response(body, { status, headers });
}

function failure(code: string): Error {
  return Object.assign(new Error(`it failed: ${code}`), { code });
}

function switchedOff(api: string): Response {
  const error = {
    code: 403,
    message: `${api} has not been used in project 123456789012 before or it is disabled.`,
    status: "PERMISSION_DENIED",
    details: [errorInfo("SERVICE_DISABLED", { consumer: "projects/123456789012", service: api }, "googleapis.com")],
  };
  return Response.json({ error }, { status: 403 });
}

test("a healthy service takes a bounded number of requests, few of them after one another", async () => {
  const diagnosis = await diagnoseIn(openWorld, () => undefined);
  assert.equal(diagnosis.cause, undefined);
  // The service; policy, deny policies and ancestors of it and its project; the call.
  assert.equal(requests.length, 6, requests.join("\n"));
  assert.equal(new Set(requests).size, requests.length, "something is asked twice");
  await diagnoseIn(openWorld, () => undefined, { impersonate: ["invoker@demo-project.iam.gserviceaccount.com"] });
  assert.ok(requests.length <= 10, requests.join("\n"));
  assert.equal(new Set(requests).size, requests.length, "something is asked twice");
});

test("answers of Identity-Aware Proxy and of proxies are not taken for the app's", async () => {
  const iap = await diagnoseIn(openWorld, (url) =>
    isService(url)
      ? answer(302, {
          location: "https://accounts.google.com/o/oauth2/v2/auth",
          "x-goog-iap-generated-response": "true",
        })
      : undefined,
  );
  assert.match(find(iap, "call").detail, /Identity-Aware Proxy answered 302/);
  assert.equal(iap.code, "call_refused");
  for (const [status, headers] of [
    [407, { "proxy-authenticate": "Basic" }],
    [403, { server: "squid/6.1", "content-type": "text/html" }],
    [403, { "x-squid-error": "ERR_ACCESS_DENIED 0" }],
  ] as const) {
    const blocked = await diagnoseIn(openWorld, (url) => (isService(url) ? answer(status, headers, "no") : undefined));
    assert.match(blocked.verdict, new RegExp(`a proxy on the way answered ${status}`));
    assert.equal(blocked.code, "google_unreachable");
    assert.match(blocked.repair?.runpass.join() ?? "", /proxy/);
  }
});

test("Google's own pages are known, and pages that look alike are the app's", async () => {
  for (const [page, cause] of [
    [forbiddenPage("/x"), "propagation"],
    [unauthorizedPage("/x"), "call"],
    [notFoundPage("/x"), "call"],
  ] as const) {
    const { status, headers, body } = page;
    const found = await diagnoseIn(openWorld, (url) => (isService(url) ? answer(status, headers, body) : undefined));
    assert.equal(found.cause, cause);
    for (const alike of [body.replace("Your client", "Client"), `<p>${"x".repeat(11_000)}</p>${body}`, "Forbidden"]) {
      if (status === 404 && alike.includes("!!1")) continue; // that page has no other sign
      const own = await diagnoseIn(openWorld, (url) => (isService(url) ? answer(status, headers, alike) : undefined));
      assert.equal(own.cause, undefined, alike.slice(0, 200));
      assert.match(own.verdict, /look into the app itself/);
    }
  }
});

test("an API that is switched off is named, with the command that switches it on", async () => {
  const run = await diagnoseIn(openWorld, (url) =>
    url.startsWith("https://run.googleapis.com/v2/") ? switchedOff("run.googleapis.com") : undefined,
  );
  assert.equal(run.cause, "service");
  assert.deepEqual(run.repair?.gcloud, ["gcloud services enable run.googleapis.com --project demo-project"]);
  const credentials = await diagnoseIn(
    openWorld,
    (url) => (url.includes("iamcredentials") ? switchedOff("iamcredentials.googleapis.com") : undefined),
    { impersonate: ["invoker@demo-project.iam.gserviceaccount.com"] },
  );
  assert.equal(credentials.cause, "impersonation");
  assert.deepEqual(credentials.repair?.grants, []);
  assert.match(credentials.repair?.gcloud.join() ?? "", /services enable iamcredentials\.googleapis\.com/);
});

test("a custom role is read once, on however many levels it is bound", async () => {
  const role = "projects/demo-project/roles/caller";
  const bound = { role, members: ["user:dev@example.com"] };
  const roles = [{ id: "caller", includedPermissions: ["run.routes.invoke"] }];
  const projects = defaultWorld.projects.map(({ bindings = [], ...project }) => ({
    ...project,
    bindings: [...bindings, bound],
    roles,
  }));
  const services = defaultWorld.services.map((service) => ({ ...service, bindings: [bound] }));
  const found = await diagnoseIn({ ...defaultWorld, projects, services }, () => undefined);
  assert.match(find(found, "policy").detail, /roles\/caller on .*my-service gives run\.routes\.invoke/);
  assert.deepEqual(
    requests.filter((url) => url.includes("/roles/")),
    [`https://iam.googleapis.com/v1/${role}`],
  );
});

test("Google is asked where policies leave a doubt, and only there", async () => {
  const isAsked = (url: string): boolean => url.includes("policytroubleshooter");
  const condition = { title: "open", expression: 'resource.matchTag("demo-project/open", "yes")' };
  const bindings = [{ role: "roles/run.invoker", members: ["user:dev@example.com"], condition }];
  const tagged: World = {
    ...defaultWorld,
    services: defaultWorld.services.map((service) => ({ ...service, bindings })),
    projects: defaultWorld.projects.map((project) => ({ ...project, resourceTags: { "demo-project/open": "yes" } })),
  };
  const told = await diagnoseIn(tagged, () => undefined);
  assert.equal(
    find(told, "policy").detail,
    "roles/run.invoker on projects/demo-project/locations/us-central1/services/my-service gives run.routes.invoke to user:dev@example.com (Policy Troubleshooter says so)",
  );
  assert.equal(requests.filter(isAsked).length, 1);
  const creator = { role: "roles/iam.serviceAccountOpenIdTokenCreator", members: ["user:dev@example.com"], condition };
  const serviceAccounts = tagged.serviceAccounts.map((account) => ({ ...account, bindings: [creator] }));
  const impersonate = ["invoker@demo-project.iam.gserviceaccount.com"];
  const acting = await diagnoseIn({ ...tagged, serviceAccounts }, () => undefined, { impersonate });
  assert.match(
    find(acting, "impersonation").detail,
    /serviceAccountOpenIdTokenCreator on .* for user:dev@example\.com \(Policy Troubleshooter says so\)$/,
  );
  const off = await diagnoseIn(tagged, (url) =>
    isAsked(url) ? switchedOff("policytroubleshooter.googleapis.com") : undefined,
  );
  assert.equal(find(off, "policy").outcome, "unknown");
  assert.equal(
    find(off, "policy").besides,
    "Policy Troubleshooter might tell: gcloud services enable policytroubleshooter.googleapis.com --project demo-project",
  );
  const cut = await diagnoseIn(tagged, (url) => (isAsked(url) ? failure("ECONNREFUSED") : undefined));
  assert.equal(find(cut, "policy").outcome, "unknown", "what is asked besides does no harm");
  assert.equal(find(cut, "network").outcome, "passed");
  await diagnoseIn(openWorld, () => undefined);
  assert.ok(!requests.some(isAsked));
});

test("what keeps requests from Google is told apart: name, connection, time, certificate", async () => {
  for (const [code, words] of [
    ["ENOTFOUND", /its name cannot be resolved.*DNS/],
    ["ECONNREFUSED", /the connection is refused/],
    ["ETIMEDOUT", /no connection comes about.*HTTPS_PROXY/],
    ["SELF_SIGNED_CERT_IN_CHAIN", /NODE_EXTRA_CA_CERTS/],
    ["ECONNRESET", /it failed: ECONNRESET/],
  ] as const) {
    const cut = await diagnoseIn(openWorld, () => failure(code));
    assert.equal(cut.cause, "network", code);
    assert.equal(cut.code, "google_unreachable");
    assert.match(find(cut, "network").detail, words);
    assert.equal(find(cut, "service").outcome, "unknown");
  }
});

test("a service's answer is not waited for to its end", async () => {
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  const found = await diagnoseIn(openWorld, (url) =>
    isService(url) ? new Response(endless, { headers: { "content-type": "text/event-stream" } }) : undefined,
  );
  assert.equal(found.cause, undefined);
  assert.ok(isCancelled);
});

test("no token is sent where nobody knows whose it is", async () => {
  for (const origin of ["https://stranger.example", "http://stranger.example"]) {
    const [scheme = "", host = ""] = origin.split("://");
    const target = { kind: "url", scheme: scheme as "http" | "https", host, origin, path: "" } as const;
    const found = await diagnoseIn(openWorld, () => undefined, { target });
    assert.ok(
      requests.every((url) => !url.includes("stranger.example")),
      requests.join(),
    );
    assert.match(find(found, "address").detail, /no token is sent to/);
    assert.equal(found.code, "not_found");
  }
});

test("what stands before the service's settings is said: IAP, and addresses that are switched off", async () => {
  const change = (extra: object): Intercept => {
    return (url) =>
      /\/v2\/projects\/[^:]+\/services\/my-service$/.test(url)
        ? Response.json({
            name: "projects/demo-project/locations/us-central1/services/my-service",
            uri: "https://my-service-1t1qa3kije-uc.a.run.app",
            ...extra,
          })
        : isService(url)
          ? answer(404, { "content-type": "text/html; charset=UTF-8" }, notFoundPage("/x").body)
          : undefined;
  };
  const iap = await diagnoseIn(openWorld, change({ iapEnabled: true }));
  assert.equal(iap.cause, "IAP");
  assert.match(iap.repair?.runpass.join() ?? "", /IAP_CLIENT_ID/);
  const off = await diagnoseIn(openWorld, change({ defaultUriDisabled: true }));
  assert.equal(off.cause, "address");
  assert.match(off.repair?.gcloud.join() ?? "", /--default-url/);
  assert.equal(off.repair?.allowed, "no");
  assert.match(off.repair?.message?.join("\n") ?? "", /Please let callers reach my-service/);
  const terminalCondition = { state: "CONDITION_FAILED", message: "The container did not start." };
  const failed = await diagnoseIn(openWorld, change({ terminalCondition }));
  assert.match(find(failed, "service").besides ?? "", /last deployment has failed: The container did not start$/);
});
