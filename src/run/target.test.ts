import assert from "node:assert/strict";
import { test } from "node:test";
import { RunpassError } from "../core/errors.ts";
import { audienceOfUrl } from "./audience.ts";
import { parseDeterministicHost } from "./run-app-url.ts";
import { isLoopbackHost, parseServiceUrl } from "./service-url.ts";
import { parseTarget } from "./target.ts";

const all = { allowPath: true, allowAccount: true };

test("a target is a service by name, region, resource name or URL, with a path after it", () => {
  const service = { kind: "service", service: "my-service" };
  assert.deepEqual(parseTarget("my-service"), { ...service, path: "" });
  assert.deepEqual(parseTarget("my-service/path?q=1", all), { ...service, path: "/path?q=1" });
  assert.deepEqual(parseTarget("my-service?q=a@b/c", all), { ...service, path: "?q=a@b/c" });
  assert.deepEqual(parseTarget("my-service@us-central1/a/b@c", all), {
    ...service,
    region: "us-central1",
    path: "/a/b@c",
  });
  assert.deepEqual(parseTarget("projects/example.com:p-1/locations/asia-northeast1/services/my-service/x", all), {
    ...service,
    region: "asia-northeast1",
    project: "example.com:p-1",
    path: "/x",
  });
  assert.deepEqual(parseTarget("HTTPS://Web-abc-UC.a.run.app:443/{a,b}?Q", all), {
    kind: "url",
    scheme: "https",
    host: "web-abc-uc.a.run.app",
    origin: "https://web-abc-uc.a.run.app",
    path: "/{a,b}?Q",
  });
});

test("an e-mail of a service account is an account, a bare name never is", () => {
  const account = { kind: "account", email: "invoker@p.iam.gserviceaccount.com" };
  assert.deepEqual(parseTarget("Invoker@p.iam.gserviceaccount.com", all), account);
  assert.equal(parseTarget("invoker", all).kind, "service");
  assert.throws(() => parseTarget("invoker@p.iam.gserviceaccount.com"), /is no target/);
});

for (const [text, fix] of [
  ["", /Give SERVICE/],
  ["My_Service", /Did you mean my-service\?/],
  ["-web", /Did you mean web\?/],
  ["9", /Give SERVICE/],
  ["web/path", /Leave it out: web$/],
  ["https://web-abc-uc.a.run.app/path", /Leave it out: https:\/\/web-abc-uc\.a\.run\.app$/],
  ["web-abc-uc.a.run.app", /^https:\/\/web-abc-uc\.a\.run\.app$/],
  ["web@Us", /web@us-central1/],
  ["web@", /web@us-central1/],
  ["dev@example.com", /dev@us-central1/],
  ["projects/p/services/web", /projects\/PROJECT\/locations/],
  ["projects/p/locations/us-central1/services/Web", /Did you mean web\?/],
  ["ftp://web", /https:\/\/HOST/],
  ["https://me@web.run.app", /https:\/\/HOST/],
  ["https://例え.example/a", /^Write the host as DNS has it: https:\/\/xn--r8jz45g\.example\/a$/],
  ["https://例え.example:70000", /https:\/\/HOST/],
  ["we b", /Give SERVICE/],
  ["web\n", /Give SERVICE/],
  ["a".repeat(50), /Did you mean a{49}\?/],
] as const) {
  test(`${JSON.stringify(text)} is refused with the nearest form`, () => {
    assert.throws(
      () => parseTarget(text),
      (error) => error instanceof RunpassError && error.code === "invalid_argument" && fix.test(error.fix ?? ""),
    );
  });
}

test("the audience of a run.app URL is its origin without the tag; other hosts have none", () => {
  const audience = (url: string): string | undefined => {
    const parsed = parseServiceUrl(url);
    return typeof parsed === "string" ? assert.fail(parsed) : audienceOfUrl(parsed);
  };
  assert.equal(audience("https://green---web-abc-uc.a.run.app/x?y"), "https://web-abc-uc.a.run.app");
  assert.equal(
    audience("https://WEB-123456789012.us-central1.run.app/"),
    "https://web-123456789012.us-central1.run.app",
  );
  assert.equal(audience("http://web-abc-uc.a.run.app"), undefined);
  assert.equal(audience("https://run.app.example"), undefined);
});

test("a deterministic host tells service, project number and region", () => {
  const parts = { service: "my-web", projectNumber: "123456789012", region: "europe-west1" };
  assert.deepEqual(parseDeterministicHost("my-web-123456789012.europe-west1.run.app"), parts);
  assert.deepEqual(parseDeterministicHost("tag---my-web-123456789012.europe-west1.run.app"), parts);
  assert.equal(parseDeterministicHost("my-web-abcdefghij-uc.a.run.app"), undefined);
});

test("only names and addresses that are always this machine count as such", () => {
  for (const host of ["localhost", "web.localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) assert.ok(isLoopbackHost(host));
  for (const host of ["localhost.", "localhost.example", "127.1", "0.0.0.0", "127.0.0.1.example", "[::]"]) {
    assert.ok(!isLoopbackHost(host), host);
  }
});

test("a password in a URL is not repeated in the error about it", () => {
  for (const text of ["https://me:secret@web.run.app/", "https://me:se@cret@web.run.app", "//me:secret@web"]) {
    assert.throws(
      () => parseTarget(text),
      (error) => error instanceof RunpassError && !/cret/.test(error.message + error.why + error.fix),
      text,
    );
  }
});
