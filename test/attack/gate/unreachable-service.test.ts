import { test } from "node:test";
import { assertAdmitted, assertRefused, createFixture, host, mint } from "./fixture.ts";

const good = ["Authorization", `Bearer ${mint()}`];

for (const ingress of [
  "INGRESS_TRAFFIC_INTERNAL_ONLY",
  "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
  "INGRESS_TRAFFIC_NONE",
] as const) {
  test(`${ingress} is not found from the internet, with a good token or public`, () => {
    const fixture = createFixture();
    fixture.world.service = { ...fixture.world.service, ingress };
    assertRefused(fixture.decide(good), 404, "ingress");
    assertRefused(fixture.decide([]), 404, "ingress");
    fixture.world.service = { ...fixture.world.service, invokerIamDisabled: true };
    assertRefused(fixture.decide(good), 404, "ingress");
  });
}

test("a disabled default address is not found, nor are its tags", () => {
  const fixture = createFixture();
  fixture.world.service = { ...fixture.world.service, defaultUriDisabled: true, invokerIamDisabled: true };
  assertRefused(fixture.decide(good), 404, "default address");
  assertRefused(fixture.decide(good, { host: `green---${host}` }), 404, "default address");
});

test("a domain of the owner's stays open when the default address is disabled, to those who may", () => {
  const fixture = createFixture();
  fixture.world.service = { ...fixture.world.service, defaultUriDisabled: true };
  assertAdmitted(fixture.decide(good, { host: "api.example.com" }));
  assertRefused(fixture.decide([], { host: "api.example.com" }), 403, "permission");
});

for (const unknown of [
  "other.run.app",
  "",
  host.toUpperCase(),
  `${host}.`,
  `${host}.evil.example`,
  "localhost",
  "__proto__",
]) {
  test(`no service is at ${JSON.stringify(unknown)}`, () => {
    assertRefused(createFixture().decide(good, { host: unknown }), 404, "host");
  });
}

for (const path of ["/_ah/", "/_ah/health", "/_ah/x?y=1", "/eventlog", "/eventlog?x", "/healthz", "/healthz?full=1"]) {
  test(`${path} is reserved, with a good token and on a public service`, () => {
    const fixture = createFixture();
    assertRefused(fixture.decide(good, { path }), 404, "path");
    fixture.world.service = { ...fixture.world.service, invokerIamDisabled: true };
    assertRefused(fixture.decide([], { path }), 404, "path");
  });
}

for (const path of [
  "/",
  "/_ah",
  "/x/_ah/",
  "/healthz/",
  "/api/healthz",
  "/healthy",
  "/eventlogs",
  "/?/_ah/",
  "/x?path=/healthz",
]) {
  test(`${path} is not reserved`, () => assertAdmitted(createFixture().decide(good, { path })));
}
