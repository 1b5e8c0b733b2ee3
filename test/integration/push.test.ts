import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeJwt } from "jose";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import type { PushProduct } from "../../src/emulator/push/products.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { createCommandLine } from "../support/command-line.ts";
import { startBackend } from "../support/loopback.ts";

const account = "invoker@demo-project.iam.gserviceaccount.com";

/** The default world with its service open to `invoker`. */
function openWorld(change: Partial<World> = {}, backend?: string): World {
  const bindings = [{ role: "roles/run.invoker", members: [`serviceAccount:${account}`] }];
  const services = [{ ...defaultWorld.services[0]!, bindings, ...(backend === undefined ? {} : { backend }) }];
  return { ...defaultWorld, services, ...change };
}

interface Echo {
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function pushed(emulator: Emulator, like: PushProduct, path = "/"): Promise<Echo> {
  const dataBase64 = Buffer.from("hello").toString("base64");
  const report = await emulator.push({ service: "my-service", path, account: "invoker", like, dataBase64 });
  assert.equal(report.attempts.at(-1)?.status, 200, report.attempts.at(-1)?.answer);
  return JSON.parse(report.attempts.at(-1)!.answer) as Echo;
}

test("a Pub/Sub push brings the message in base64, and a token for the full URL with the account's e-mail", async () => {
  await using emulator = await createEmulator(openWorld());
  const { headers, body } = await pushed(emulator, "pubsub");
  const { message, subscription } = JSON.parse(body) as { message: Record<string, string>; subscription: string };
  assert.equal(Buffer.from(message["data"]!, "base64").toString(), "hello");
  assert.equal(message["messageId"], message["message_id"]);
  assert.match(subscription, /^projects\/demo-project\/subscriptions\//);
  const claims = decodeJwt(headers["authorization"]!.slice("Bearer ".length));
  assert.equal(claims.aud, `${emulator.serviceUrl("my-service")}/`);
  assert.equal(claims["email"], account);
  assert.equal(claims["email_verified"], true);
  assert.equal(claims["azp"], claims.sub);
});

test("Scheduler and Tasks send the body as it is, with headers of their own", async () => {
  await using emulator = await createEmulator(openWorld());
  const job = await pushed(emulator, "scheduler");
  assert.equal(job.body, "hello");
  assert.equal(job.headers["x-cloudscheduler"], "true");
  assert.match(job.headers["x-cloudscheduler-scheduletime"]!, /^\d{4}-/);
  const task = await pushed(emulator, "tasks");
  assert.equal(task.body, "hello");
  assert.equal(task.headers["x-cloudtasks-taskretrycount"], "0");
  assert.match(task.headers["x-cloudtasks-tasketa"]!, /^\d+\.\d{6}$/);
});

test("Eventarc sends a CloudEvent in binary mode, with a token for the service's address (a guess: push-headers)", async () => {
  await using emulator = await createEmulator(openWorld());
  const { headers } = await pushed(emulator, "eventarc", "/events");
  assert.equal(headers["ce-specversion"], "1.0");
  assert.equal(headers["ce-type"], "google.cloud.pubsub.topic.v1.messagePublished");
  const claims = decodeJwt(headers["authorization"]!.slice("Bearer ".length));
  assert.equal(claims.aud, emulator.serviceUrl("my-service"));
});

test("with a path the default audience is refused or taken as the world's switch says (a guess: audience-path)", async () => {
  const refusing = await createEmulator(openWorld());
  const wanted = { service: "my-service", path: "/job", account: "invoker", like: "scheduler" } as const;
  try {
    assert.equal((await refusing.push(wanted)).attempts[0]?.status, 401);
    const audience = refusing.serviceUrl("my-service");
    assert.equal((await refusing.push({ ...wanted, audience })).delivered, true);
  } finally {
    await refusing.close();
  }
  await using taking = await createEmulator(openWorld({ facts: { acceptAudiencePath: true } }));
  assert.equal((await taking.push(wanted)).delivered, true);
});

test("what is refused is sent again, with the pauses by the emulator's clock and a new token each time", async () => {
  let calls = 0;
  const tokens = new Set<string | undefined>();
  await using backend = await startBackend((request, response) => {
    calls += 1;
    tokens.add(request.headers.authorization);
    response.statusCode = calls < 3 ? 503 : 204;
    response.end();
  });
  await using emulator = await createEmulator(openWorld({}, backend.url.href));
  const before = emulator.clock.nowMs();
  const wanted = { service: "my-service", account, like: "eventarc", moveClock: true } as const;
  const report = await emulator.push(wanted);
  assert.deepEqual(
    report.attempts.map(({ status, backoffMs }) => [status, backoffMs]),
    [
      [503, 0],
      [503, 10_000],
      [204, 20_000],
    ],
  );
  assert.equal(report.delivered, true);
  assert.ok(emulator.clock.nowMs() - before >= 30_000);
  assert.equal(tokens.size, 3);
});

test("`emulator push` shows what was sent and the answer, never the token, and ends with 7 when refused", async () => {
  await using line = await createCommandLine(openWorld());
  const args = ["emulator", "push", "my-service", "--as", "invoker", "--like", "pubsub"];
  const done = await line.runpass(args, { stdin: "hello" });
  assert.equal(done.exitCode, 0, done.stderr);
  assert.match(done.stdout, /^POST https:\/\/my-service-.*\/$/m);
  assert.match(done.stdout, /^authorization: Bearer \[ID token of invoker@.* for https:.*\/\]$/m);
  assert.match(done.stdout, /^200$/m);
  assert.doesNotMatch(done.stdout, /eyJ[\w-]+\.eyJ/);
  const json = await line.runpass([...args, "--data", "hi", "--format", "json"]);
  assert.equal((JSON.parse(json.stdout) as { delivered: boolean }).delivered, true);
  const stranger = "123456789012-compute@developer.gserviceaccount.com";
  const refused = await line.runpass([
    "emulator",
    "push",
    "my-service",
    "--as",
    stranger,
    "--like",
    "tasks",
    "--attempts",
    "1",
    "--message",
    "x",
  ]);
  assert.equal(refused.exitCode, 7);
  assert.match(refused.stdout, /Error: Forbidden/);
  const unknown = await line.runpass(["emulator", "push", "no-such", "--as", "invoker", "--like", "tasks"]);
  assert.equal(unknown.exitCode, 5);
  assert.match(unknown.stderr, /There are: my-service in us-central1/);
  assert.equal((await line.runpass(["emulator", "push", "my-service", "--like", "tasks"])).exitCode, 2);
});
