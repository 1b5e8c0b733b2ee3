import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Environment } from "../../src/core/environment.ts";
import { connectEmulator } from "../../src/emulator/control-client.ts";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { createCommandLine, frozenMs } from "../support/command-line.ts";

let emulator: Emulator;
let environment: Environment;
before(async () => {
  emulator = await createEmulator();
  const { RUNPASS_EMULATOR_STATE } = await emulator.prepareEnvironment();
  environment = {
    variables: { RUNPASS_EMULATOR_STATE, CLOUDSDK_CORE_ACCOUNT: "real" },
    homeDir: "/",
    platform: "linux",
  };
});
after(() => emulator.close());

async function control(
  method: string,
  name: string,
  headers: NodeJS.Dict<string> = {},
  body?: string,
): Promise<{ status: number; body: string }> {
  const host = `127.0.0.1:${emulator.port}`;
  const authorization = `Bearer ${emulator.adminSecret}`;
  const outgoing = request(`${emulator.url}/_emulator/${name}`, {
    method,
    headers: { host, authorization, ...headers },
    agent: false,
  });
  outgoing.end(body);
  const [incoming] = await once(outgoing, "response");
  return { status: incoming.statusCode, body: Buffer.concat(await incoming.toArray()).toString() };
}

test("status says what there is", async () => {
  const client = await connectEmulator(environment);
  const status = await client.status();
  assert.equal(status.url, emulator.url);
  assert.equal(status.pid, process.pid);
  assert.equal(status.project, "demo-project");
  assert.deepEqual(status.accounts, ["dev@example.com", "admin@example.com"]);
  assert.equal(status.services[0]?.url, emulator.serviceUrl("my-service"));
  assert.equal(status.services[0]?.localUrl, `http://my-service.localhost:${emulator.port}`);
});

test("facts lists the guesses with how their switches stand", async () => {
  const facts = await (await connectEmulator(environment)).facts();
  assert.deepEqual(facts.find(({ name }) => name === "adc-client")?.switch, {
    name: "acceptAdcClient",
    default: false,
  });
  assert.equal(facts.find(({ name }) => name === "adc-client")?.value, false);
  assert.equal(facts.find(({ name }) => name === "audience")?.grade, "documented");
});

test("trace shows decisions, and reset clears them and the clock", async () => {
  const client = await connectEmulator(environment);
  await client.reset();
  const { host } = new URL(emulator.localUrl("my-service"));
  await once(request(emulator.url, { headers: { host }, agent: false }).end(), "response");
  assert.equal((await client.trace()).length, 1);
  await client.clock({ advanceMs: 3_600_000 });
  await client.reset();
  assert.deepEqual(await client.trace(), []);
  assert.ok(Math.abs(Date.parse(await client.clock()) - Date.now()) < 60_000);
});

test("the clock can be put, moved and given back", async () => {
  const client = await connectEmulator(environment);
  assert.match(await client.clock({ to: "2030-01-01T00:00:00Z" }), /^2030-01-01T00:00:/);
  assert.match(await client.clock({ advanceMs: -86_400_000 }), /^2029-12-31T00:00:/);
  await client.clock({ reset: true });
  assert.ok(Math.abs(emulator.clock.nowMs() - Date.now()) < 60_000);
  for (const wrong of [{ to: "tomorrow" }, { advanceMs: 1e300 }, {}]) {
    await assert.rejects(client.clock(wrong), { code: "invalid_argument" });
  }
});

test("the environment says what to set and what of the parent to take away", async () => {
  const client = await connectEmulator(environment);
  const variables = await client.environment();
  assert.equal(variables["HTTPS_PROXY"], emulator.url);
  assert.ok("CLOUDSDK_CORE_ACCOUNT" in variables && variables["CLOUDSDK_CORE_ACCOUNT"] === undefined);
});

test("control endpoints refuse a missing or wrong secret, other Hosts and other origins", async () => {
  const rows: [NodeJS.Dict<string>, number][] = [
    [{ authorization: "" }, 401],
    [{ authorization: "Bearer wrong" }, 401],
    [{ authorization: emulator.adminSecret }, 401],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "cross-site" }, 403],
    [{ host: "evil.example" }, 404],
    [{ host: "127.0.0.1.nip.io" }, 404],
  ];
  for (const [headers, expected] of rows) {
    const { status, body } = await control("GET", "status", headers);
    assert.equal(status, expected, JSON.stringify(headers));
    assert.ok(!body.includes(emulator.adminSecret));
    assert.ok(!body.includes('"pid"'));
  }
  assert.equal((await control("GET", "status")).status, 200);
});

test("wrong control calls are told what is wrong and change nothing", async () => {
  assert.equal((await control("GET", "nothing")).status, 404);
  assert.equal((await control("GET", "stop")).status, 404);
  assert.equal((await control("POST", "constructor")).status, 404);
  for (const body of ["", "{", "null", "[]", '"2030"', '{"to":5}']) {
    const answer = await control("POST", "clock", {}, body);
    assert.equal(answer.status, 400, body);
  }
  assert.ok(Math.abs(emulator.clock.nowMs() - Date.now()) < 60_000);
});

test("stop answers and then ends the emulator, and a client says so", async () => {
  const other = await createEmulator();
  const { RUNPASS_EMULATOR_STATE } = await other.prepareEnvironment();
  const its: Environment = { ...environment, variables: { RUNPASS_EMULATOR_STATE } };
  const client = await connectEmulator(its);
  await client.stop();
  await other.closed;
  await assert.rejects(client.status(), { code: "emulator_not_running" });
  await assert.rejects(connectEmulator(its), { code: "emulator_not_running" });
});

test("a user is disabled and let in again, and nobody is changed who is not there", async () => {
  const client = await connectEmulator(environment);
  const refresh = async (): Promise<unknown> => {
    const { CLOUDSDK_CONFIG } = await client.environment();
    const key = JSON.parse(await readFile(join(CLOUDSDK_CONFIG!, "application_default_credentials.json"), "utf8"));
    const body = new URLSearchParams({ grant_type: "refresh_token", ...key });
    const answer = (await (await fetch(`${emulator.url}/token`, { method: "POST", body })).json()) as object;
    return "error_subtype" in answer ? answer.error_subtype : "error" in answer ? answer.error : "tokens";
  };
  const seen = [];
  for (const change of ["disabled", "rapt_required", "active"] as const) {
    await client.changeUser("dev@example.com", change);
    seen.push(await refresh());
  }
  assert.deepEqual(seen, ["invalid_grant", "rapt_required", "tokens"]);
  await assert.rejects(client.changeUser("nobody@example.com", "active"), { code: "not_found" });
  assert.equal((await control("POST", "users", {}, '{"email":"dev@example.com","change":"gone"}')).status, 400);
});

test("a rotation publishes a key that signs later", async () => {
  const client = await connectEmulator(environment);
  const { kid, signsFrom } = await client.rotateKeys(60_000);
  const { keys } = (await (await fetch(`${emulator.url}/oauth2/v3/certs`)).json()) as { keys: { kid: string }[] };
  assert.ok(keys.some((key) => key.kid === kid));
  assert.notEqual(keys[0]?.kid, kid);
  assert.ok(Date.parse(signsFrom) > emulator.clock.nowMs());
  assert.equal((await control("POST", "rotate-keys", {}, '{"leadMs":-1}')).status, 400);
});

test("the command line changes users and rotates keys, and says what it did", async () => {
  await using line = await createCommandLine();
  const said = await line.runpass(["emulator", "user", "dev@example.com", "invalid_rapt"]);
  assert.deepEqual([said.exitCode, said.stdout], [0, ""]);
  assert.match(said.stderr, /dev@example\.com is invalid_rapt now/);
  assert.equal((await line.runpass(["token", "my-service"])).exitCode, 3, "the client meets it");
  assert.equal((await line.runpass(["emulator", "user", "dev@example.com", "gone"])).exitCode, 2);
  assert.equal((await line.runpass(["emulator", "user", "nobody@example.com", "active"])).exitCode, 5);
  const { stdout } = await line.runpass(["emulator", "rotate-keys", "90m", "--format", "json"]);
  const { signsFrom } = JSON.parse(stdout) as { signsFrom: string };
  assert.equal(signsFrom, new Date(frozenMs + 5_400_000).toISOString());
  assert.equal((await line.runpass(["emulator", "rotate-keys", "soon"])).exitCode, 2);
});

test("a subject token is for whom and for what was asked, with further claims", async () => {
  const client = await connectEmulator(environment);
  const token = await client.subjectToken({ subject: "repo:acme/web", claims: { environment: "prod" } });
  const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
  const { iss, sub, aud, environment: of } = claims;
  assert.deepEqual({ iss, sub, of }, { iss: "https://emulator.runpass.test/issuer", sub: "repo:acme/web", of: "prod" });
  assert.match(aud, /^https:\/\/iam\.googleapis\.com\/projects\/123456789012\/.*\/providers\/demo-provider$/);
  assert.equal((await control("POST", "subject-token", {}, '{"subject":7}')).status, 400);
  assert.equal((await control("POST", "subject-token", { authorization: "Bearer x" }, '{"subject":"a"}')).status, 401);
});
