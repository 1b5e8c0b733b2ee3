import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import type { Diagnosis } from "../../../src/doctor/finding.ts";
import type { World } from "../../../src/emulator/world/world.ts";
import { loadConditions } from "../../../src/gate/condition.ts";
import { forbiddenPage } from "../../../src/gate/pages.ts";
import { callAs } from "../../contract/fixture.ts";
import type { Subject } from "../../contract/fixture.ts";
import { createCommandLine } from "../../support/command-line.ts";
import { dev, has, invoker, viewer, worldOf } from "./worlds.ts";

before(loadConditions);

test("answers of an app are told from Google's, however they look", async (t) => {
  for (const [status, body, verdict] of [
    [500, "broken", /app answered 500/],
    [404, "<title>404</title>", /app answered 404/],
    [403, "Error: Forbidden", /app answered 403/],
  ] as const) {
    const backend = await serve(t, (_request, response) =>
      response.writeHead(status, { "content-type": "text/html" }).end(body),
    );
    await using line = await createCommandLine(worldOf({ service: { bindings: [has(invoker, dev)], backend } }));
    const { exitCode, stdout } = await line.runpass(["doctor", "my-service"], { pause: async () => {} });
    assert.equal(exitCode, 0);
    assert.match(stdout, verdict);
    assert.match(stdout, /look into the app itself/);
  }
});

test("a pasted response is explained without any login", async () => {
  await using line = await createCommandLine();
  const variables = { CLOUDSDK_CONFIG: "/nonexistent" };
  const { body } = forbiddenPage("/x");
  const page = await line.runpass(["doctor", "-"], { stdin: body, variables });
  assert.equal(page.exitCode, 7);
  assert.match(page.stdout, /Google's front end.*lacks run\.routes\.invoke/);
  const head =
    'HTTP/2 401\nwww-authenticate: Bearer error="invalid_token" error_description="The access token could not be verified"\n\n';
  assert.match((await line.runpass(["doctor", "-"], { stdin: head, variables })).stdout, /could not verify/);
  const own = await line.runpass(["doctor", "-"], { stdin: "HTTP/1.1 403 Forbidden\n\n{}", variables });
  assert.equal(own.exitCode, 0);
  assert.match(own.stdout, /not a page of Google's/);
  const nothing = await line.runpass(["doctor", "-"], { stdin: "hello", variables });
  assert.equal(nothing.exitCode, 2);
  assert.match(nothing.stdout, /this is no response/);
  const verbose = `* connected\n> GET / HTTP/2\n< HTTP/2 403\n< content-type: text/html\n< \n${body}`;
  assert.equal((await line.runpass(["doctor", "-"], { stdin: verbose, variables })).exitCode, 7, "as curl -v shows it");
  const iap = "HTTP/2 302\nlocation: https://accounts.google.com/\nx-goog-iap-generated-response: true\n\n";
  assert.match((await line.runpass(["doctor", "-"], { stdin: iap, variables })).stdout, /Identity-Aware Proxy stands/);
  const blocked = await line.runpass(["doctor", "-"], { stdin: "HTTP/1.1 403 No\nServer: squid/6.1\n\n", variables });
  assert.equal(blocked.exitCode, 6);
});

test("a service at a name under localhost is found on this machine, whatever the system's resolver knows", async () => {
  await using line = await createCommandLine(worldOf({ service: { bindings: [has(invoker, dev)] } }));
  const { stdout, exitCode } = await line.runpass(["doctor", line.emulator.localUrl("my-service")], {
    variables: { HTTP_PROXY: undefined, http_proxy: undefined },
  });
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /The call works: the app answered 200/);
});

test("whoever may not repair it gets a message for somebody who may", async () => {
  await using line = await createCommandLine(
    worldOf({ project: { bindings: [viewer] }, organization: { bindings: [has("roles/iam.securityReviewer", dev)] } }),
  );
  const { stdout } = await line.runpass(["doctor", "my-service"]);
  assert.match(stdout, /--member user:dev@example\.com/, "the administrator is another account");
  assert.match(stdout, /Please grant roles\/run\.invoker for user:dev@example\.com/);
  assert.match(stdout, /gcloud run services add-iam-policy-binding my-service/);
});

test("whoever may ask Privileged Access Manager for it is told how, before others are to be asked", async () => {
  const entitlements = [
    { id: "run-all", eligible: [dev], roles: ["roles/run.admin"] },
    { id: "call-it", eligible: [dev], roles: ["roles/run.servicesInvoker"], maxSeconds: 7200 },
    { id: "not-mine", eligible: ["user:admin@example.com"], roles: [invoker] },
  ];
  const reviewer = has("roles/iam.securityReviewer", dev);
  const worldWith = (offered: typeof entitlements): World =>
    worldOf({ project: { bindings: [viewer], entitlements: offered }, organization: { bindings: [reviewer] } });
  await using line = await createCommandLine(worldWith(entitlements));
  const { stdout } = await line.runpass(["doctor", "my-service"]);
  const asked =
    "gcloud pam grants create --entitlement call-it --requested-duration 7200s --justification 'to call my-service' --location global --project demo-project";
  assert.ok(stdout.indexOf(asked) > 0, stdout);
  assert.ok(stdout.indexOf(asked) < stdout.indexOf("Please grant roles/run.invoker"), "that comes first");
  const path = "/v1/projects/demo-project/locations/global/entitlements/call-it/grants";
  await callAs(line as unknown as Subject, "dev@example.com", "POST", path, { requestedDuration: "7200s" });
  assert.equal((await line.runpass(["doctor", "my-service"])).exitCode, 0);

  await using other = await createCommandLine(worldWith(entitlements.slice(0, 1)));
  const call = ["doctor", "my-service", "--as", "invoker", "--format", "json"];
  const { repair } = JSON.parse((await other.runpass(call)).stdout) as Diagnosis;
  assert.equal(repair?.request, undefined, "no entitlement lets one act as the account, or write its policy");
  await using last = await createCommandLine(
    worldWith([{ id: "keep-it", eligible: [dev], roles: ["roles/iam.securityAdmin"] }]),
  );
  const way = await last.runpass(["doctor", "my-service", "--as", "invoker"]);
  assert.match(way.stdout, /--entitlement keep-it .*\n {2}runpass grant my-service@us-central1 --as invoker@/);
});

test("where VPC Service Controls refuse, the message is for whoever manages the perimeter, with the identifier", async () => {
  const refuses = (api: string): World => ({
    ...worldOf({ service: { bindings: [has(invoker, dev)] } }),
    trouble: { faults: [{ api, reason: "SECURITY_POLICY_VIOLATED" }] },
  });
  await using line = await createCommandLine(refuses("run.googleapis.com"));
  const { stdout } = await line.runpass(["doctor", "my-service"]);
  const identifier = /vpcServiceControlsUniqueIdentifier: ([\w-]{51})/.exec(stdout)?.[1];
  assert.ok(identifier, stdout);
  assert.ok(stdout.includes(`give whoever manages it the identifier ${identifier}`));
  assert.match(stdout, /Please let me through the service perimeter around project demo-project/);
  assert.ok(stdout.includes(`gcloud logging read 'protoPayload.metadata.vpcServiceControlsUniqueId="${identifier}"'`));
  assert.doesNotMatch(stdout, /would tell|Please grant/, "no permission helps");
  const called = await line.runpass(["curl", "my-service"]);
  assert.equal(called.exitCode, 125);
  assert.match(called.stderr, /VPC Service Controls\) keeps this request out of run\.googleapis\.com/);

  await using above = await createCommandLine(refuses("cloudresourcemanager.googleapis.com"));
  const access = await above.runpass(["access", "my-service"]);
  assert.match(
    access.stderr,
    /not read: the policy of projects\/demo-project \(a service perimeter \(VPC Service Controls\)/,
  );
});

test("where an organisation policy is in the way, the message asks for that too, and names the member", async () => {
  const project = { bindings: [viewer, has("roles/viewer", dev)], allowedPolicyMemberDomains: ["C0other"] };
  await using line = await createCommandLine(worldOf({ project }));
  const { stdout } = await line.runpass(["doctor", "my-service"]);
  assert.match(stdout, /an organisation policy refuses the grant that would repair the call: iam\.allowed/);
  assert.match(stdout, /Please let user:dev@example\.com into policies of project demo-project/);
  assert.match(stdout, /add-iam-policy-binding my-service --member user:dev@example\.com/);
  const fixed = await line.runpass(["doctor", "my-service", "--fix"]);
  assert.equal(fixed.exitCode, 4, "there is nothing to fix it with");
});

test("a token from before does not hide that the next one would be refused", async () => {
  await using line = await createCommandLine(worldOf());
  const call = ["doctor", "my-service", "--as", "invoker"];
  assert.equal((await line.runpass([...call, "--fix"])).exitCode, 0);
  await line.runpass(["revoke", "invoker@demo-project.iam.gserviceaccount.com"]);
  const works = await line.runpass(call);
  assert.equal(works.exitCode, 0);
  assert.match(works.stdout, /✗ impersonation .*lacks iam\.serviceAccounts\.getOpenIdToken .*is good until 2026/);
  await line.runpass(["revoke", "my-service", "--as", "invoker"]);
  const { exitCode, stdout } = await line.runpass(call);
  assert.equal(exitCode, 4);
  assert.match(stdout, /runpass grant my-service@us-central1 --as invoker@/);
});

test("--fix waits until what it wrote counts, and says what that was", async () => {
  await using line = await createCommandLine({ ...worldOf(), trouble: { propagationSeconds: 120 } });
  const pause = async (delayMs: number): Promise<void> => line.emulator.clock.advanceMs(delayMs);
  const { exitCode, stdout, stderr } = await line.runpass(["doctor", "my-service", "--fix"], { pause });
  assert.equal(exitCode, 0, stdout);
  assert.match(stdout, /^ {2}\+ roles\/run\.invoker {2}user:dev@example\.com$/m);
  assert.match(stderr, /policy yes, front end not yet: 1:00, usually 2 to 7 min/);
  assert.match(stdout, /The call works/);
});

test("what is on its way is told with the time since when, where that is known", async () => {
  await using line = await createCommandLine({ ...worldOf(), trouble: { propagationSeconds: 300 } });
  await line.runpass(["grant", "my-service"]);
  line.emulator.clock.advanceMs(100_000);
  const known = await line.runpass(["doctor", "my-service"]);
  assert.equal(known.exitCode, 7);
  assert.match(known.stdout, /the front end does not yet: granted 1:40 ago; a change usually takes 2 minutes/);
  const variables = { RUNPASS_CACHE_DIR: join(line.variables["HOME"] ?? "", "another-cache") };
  const unknown = await line.runpass(["doctor", "my-service"], { variables });
  assert.match(unknown.stdout, /since when is not known/);
});

test("an ID token alone is looked at as far as it goes", async () => {
  await using line = await createCommandLine(worldOf());
  const file = join(line.variables["HOME"] ?? "", "token");
  await writeFile(file, (await line.runpass(["token"])).stdout, { mode: 0o600 });
  const url = line.emulator.serviceUrl("my-service");
  const { exitCode, stdout } = await line.runpass(["doctor", url, "--token-file", file]);
  assert.equal(exitCode, 7);
  assert.match(stdout, /✓ credentials .*they open no API/);
  assert.match(stdout, /Google refuses user:dev@example\.com, most likely for want of run\.routes\.invoke/);
});

test("without a target it is the last call that curl or a proxy was refused", async () => {
  await using line = await createCommandLine(worldOf());
  const variables = { RUN_SERVICE: undefined, SERVICE_URL: undefined };
  const none = await line.runpass(["doctor"], { variables });
  assert.equal(none.exitCode, 2);
  assert.match(none.stderr, /Name the service/);

  await line.runpass(["curl", "--as", "invoker", "my-service/never", "-s"]); // no token, so no call
  assert.equal((await line.runpass(["doctor"], { variables })).exitCode, 2);
  await line.runpass(["curl", "my-service@us-central1/private?key=sesame", "-s", "-o", "/dev/null"]);
  const file = join(line.variables["RUNPASS_CACHE_DIR"] ?? "", "last-refused.json");
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.doesNotMatch(await readFile(file, "utf8"), /sesame|eyJ|ya29/);
  line.emulator.clock.advanceMs(120_000);
  const found = await line.runpass(["doctor"], { variables });
  assert.equal(found.exitCode, 4);
  assert.match(
    found.stderr,
    /The call to my-service@us-central1\/private by runpass curl was refused \(403\) 2 min ago/,
  );
  assert.equal(line.emulator.trace().at(-1)?.path, "/private");

  const script = "fetch(process.env.SERVICE_URL + '/by-proxy?key=sesame').then((answer) => answer.text())";
  await line.runpass(["exec", "my-service", "--", process.execPath, "-e", script]);
  const proxied = await line.runpass(["doctor", "--account", "admin@example.com"], { variables });
  assert.match(proxied.stderr, /The call to my-service\/by-proxy by the proxy was refused \(403\)/);
  assert.match(proxied.stdout, /Google takes those of user:admin@example\.com/, "whoever is named anew counts");
});

test("an app's own refusal is not remembered as Google's", async (t) => {
  const backend = await serve(t, (_request, response) => response.writeHead(403).end("not you"));
  await using line = await createCommandLine(worldOf({ service: { bindings: [has(invoker, dev)], backend } }));
  const script = "fetch(process.env.SERVICE_URL).then((answer) => answer.text())";
  await line.runpass(["exec", "my-service", "--", process.execPath, "-e", script]);
  await line.runpass(["curl", "my-service", "-s", "-o", "/dev/null"]);
  const variables = { RUN_SERVICE: undefined, SERVICE_URL: undefined };
  assert.equal((await line.runpass(["doctor"], { variables })).exitCode, 2);
});

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
