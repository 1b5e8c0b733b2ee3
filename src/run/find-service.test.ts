import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { findService } from "./find-service.ts";
import { locate } from "./locate.ts";
import { parseTarget } from "./target.ts";
import type { ServiceTarget, UrlTarget } from "./target.ts";

const services = [
  { service: "web", region: "us-central1" },
  { service: "web", region: "europe-west1" },
  { service: "api", region: "us-central1" },
];
const urlsOf = (service: string, region: string): string[] => [
  `https://${service}-hash-${region.slice(0, 2)}.a.run.app`,
  `https://${service}-123456789012.${region}.run.app`,
];

/** Cloud Run Admin with the services above, in two pages. */
function fakeGoogle(status?: number): { context: Context; asked: string[] } {
  const asked: string[] = [];
  const answer = (code: number, body: unknown): Promise<Response> =>
    Promise.resolve(new Response(JSON.stringify(body), { status: code }));
  const refuse = (code: number): Promise<Response> =>
    answer(code, {
      error: { code, message: "Google's words", status: code === 404 ? "NOT_FOUND" : "PERMISSION_DENIED" },
    });
  const fetch = (url: string): Promise<Response> => {
    asked.push(url);
    if (status !== undefined) return refuse(status);
    const { pathname, searchParams } = new URL(url);
    if (pathname.endsWith("/locations/-/services")) {
      const page = searchParams.get("continue") === "2" ? services.slice(2) : services.slice(0, 2);
      const items = page.map(({ service, region }) => ({
        metadata: {
          name: service,
          labels: { "cloud.googleapis.com/location": region },
          annotations: {
            "run.googleapis.com/urls": JSON.stringify(urlsOf(service, region)),
            "run.googleapis.com/custom-audiences": service === "api" ? '["https://api.example.com"]' : "broken",
          },
        },
        status: { url: urlsOf(service, region)[0] },
      }));
      return answer(200, { items, metadata: searchParams.has("continue") ? {} : { continue: "2" } });
    }
    const [, region, service] = /\/locations\/(.+)\/services\/(.+)$/.exec(pathname) ?? [];
    const known = services.some((item) => item.service === service && item.region === region);
    if (!known) return refuse(404);
    const [uri] = urlsOf(service!, region!);
    return answer(200, { name: pathname.slice("/v2/".length), uri, urls: urlsOf(service!, region!) });
  };
  const environment = { variables: {}, homeDir: "/nonexistent", platform: process.platform };
  return { context: { fetch, environment, clock: systemClock, log: silentLogger }, asked };
}

const options = (text: string, region?: string, project: string | undefined = "p") => ({
  target: parseTarget(text, { allowPath: true }) as ServiceTarget | UrlTarget,
  project,
  region,
  accessToken: () => Promise.resolve("ya29.x"),
});

async function failure(promise: Promise<unknown>): Promise<RunpassError> {
  const error: unknown = await promise.then(
    () => assert.fail("it did not fail"),
    (thrown: unknown) => thrown,
  );
  return error instanceof RunpassError ? error : assert.fail(String(error));
}

test("with a region, a service is found by one GET", async () => {
  const { context, asked } = fakeGoogle();
  const found = await findService(context, options("web", "europe-west1"));
  assert.deepEqual(found.name, { project: "p", region: "europe-west1", service: "web" });
  assert.equal(found.url, "https://web-hash-eu.a.run.app");
  assert.deepEqual(asked, ["https://run.googleapis.com/v2/projects/p/locations/europe-west1/services/web"]);
});

test("what the target names wins over the settings", async () => {
  const { context, asked } = fakeGoogle();
  await findService(context, options("web@us-central1", "europe-west1"));
  await findService(context, options("projects/q/locations/us-central1/services/web", "europe-west1"));
  assert.deepEqual(asked, [
    "https://run.googleapis.com/v2/projects/p/locations/us-central1/services/web",
    "https://run.googleapis.com/v2/projects/q/locations/us-central1/services/web",
  ]);
});

test("without a region, a service is found across regions and pages", async () => {
  const { context } = fakeGoogle();
  const found = await findService(context, options("api"));
  assert.deepEqual(found.name, { project: "p", region: "us-central1", service: "api" });
  assert.deepEqual(found.customAudiences, ["https://api.example.com"]);
});

test("a name in several regions is an error that lists them", async () => {
  const error = await failure(findService(fakeGoogle().context, options("web")));
  assert.equal(error.code, "ambiguous_target");
  assert.match(error.fix ?? "", /web@europe-west1, web@us-central1/);
});

test("a name that is not there is an error with the nearest, or with where it is", async () => {
  const { context } = fakeGoogle();
  const misspelt = await failure(findService(context, options("wbe")));
  assert.deepEqual([misspelt.code, misspelt.fix], ["not_found", "Did you mean web?"]);
  const elsewhere = await failure(findService(context, options("api", "europe-west1")));
  assert.equal(elsewhere.code, "not_found");
  assert.match(elsewhere.fix ?? "", /api@us-central1/);
});

test("a refused look-up says which role is missing; without a project, how to set one", async () => {
  for (const region of [undefined, "us-central1"]) {
    const error = await failure(findService(fakeGoogle(403).context, options("web", region)));
    assert.equal(error.code, "permission_denied");
    assert.match(error.fix ?? "", /roles\/run\.viewer/);
  }
  const noProject = { ...options("web"), project: undefined };
  assert.match((await failure(findService(fakeGoogle().context, noProject))).fix ?? "", /--project/);
});

test("a URL becomes a service: by its parts, by the list, by a custom audience", async () => {
  const { context, asked } = fakeGoogle();
  await findService(context, options("https://web-123456789012.us-central1.run.app"));
  assert.deepEqual(asked, ["https://run.googleapis.com/v2/projects/123456789012/locations/us-central1/services/web"]);
  const byHash = await findService(context, options("https://tag---web-hash-eu.a.run.app"));
  assert.equal(byHash.name.region, "europe-west1");
  assert.equal((await findService(context, options("https://api.example.com"))).name.service, "api");
  assert.equal((await failure(findService(context, options("https://x.example.com")))).code, "not_found");
});

test("where to call and which audience: nothing is asked for run.app URLs and this machine", async () => {
  const { context, asked } = fakeGoogle();
  assert.deepEqual(await locate(context, options("https://tag---web-abc-uc.a.run.app/x")), {
    origin: "https://tag---web-abc-uc.a.run.app",
    audience: "https://web-abc-uc.a.run.app",
  });
  assert.deepEqual(await locate(context, options("http://web.localhost:9470")), {
    origin: "http://web.localhost:9470",
  });
  const given = await locate(context, { ...options("https://web.example.com"), audience: "mine" });
  assert.deepEqual(given, { origin: "https://web.example.com", audience: "mine" });
  assert.deepEqual(asked, []);
  const { origin, audience } = await locate(context, options("api@us-central1/path"));
  assert.deepEqual([origin, audience], ["https://api-hash-us.a.run.app", "https://api-hash-us.a.run.app"]);
});

test("a token is made out for no other machine in clear", async () => {
  const error = await failure(
    locate(fakeGoogle().context, { ...options("http://web-abc-uc.a.run.app"), audience: "x" }),
  );
  assert.equal(error.code, "invalid_argument");
  assert.match(error.fix ?? "", /https:\/\/web-abc-uc/);
});
