import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { decodeJwt } from "../../src/google/id-token.ts";
import { createCommandLine } from "../support/command-line.ts";
import { curl, startBackend } from "../support/loopback.ts";
import type { Backend } from "../support/loopback.ts";
import { startProgram } from "../support/program.ts";

const project = "demo-project";
const emailOf = (id: string): string => `${id}@${project}.iam.gserviceaccount.com`;

/** Two accounts, each of which may call one service; the third service streams. */
function world(backend: string): World {
  const account = (id: string): World["serviceAccounts"][number] => ({
    id,
    project,
    bindings: [{ role: "roles/iam.serviceAccountOpenIdTokenCreator", members: ["user:dev@example.com"] }],
  });
  const service = (name: string, caller: string): World["services"][number] => ({
    name,
    project,
    region: "us-central1",
    bindings: [{ role: "roles/run.invoker", members: [`serviceAccount:${emailOf(caller)}`] }],
  });
  return {
    ...defaultWorld,
    serviceAccounts: [account("invoker"), account("auditor")],
    services: [
      service("my-service", "invoker"),
      { ...service("admin", "auditor"), customAudiences: ["https://admin.example.com"] },
      { ...service("stream", "invoker"), backend },
    ],
  };
}

let backend: Backend;
let next: () => void;
let emulator: Emulator;
let variables: NodeJS.ProcessEnv;
let directory: string;

before(async () => {
  backend = await startBackend((_request, response) => {
    response.writeHead(200).write("begun ");
    next = () => void response.end("ended");
  });
  emulator = await createEmulator(world(backend.url.href));
  variables = { ...process.env, ...(await emulator.prepareEnvironment()) };
  directory = await mkdtemp(join(tmpdir(), "runpass-"));
});

after(async () => {
  await emulator.close();
  await backend[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

interface Seen {
  readonly status: number;
  /** Whose token came, and in which header. */
  readonly email: unknown;
  readonly audience: unknown;
  readonly header: string;
}

/** What the service behind an address of the proxy saw. */
async function ask(url: string, host?: string): Promise<Seen> {
  const { stdout } = await curl("-w", "\n%{http_code}", ...(host === undefined ? [] : ["-H", `Host: ${host}`]), url);
  const status = Number(stdout.slice(stdout.lastIndexOf("\n")));
  if (status !== 200) return { status, email: undefined, audience: undefined, header: "" };
  const { headers } = JSON.parse(stdout.slice(0, stdout.lastIndexOf("\n"))) as { headers: Record<string, string> };
  const header = headers["authorization"] === undefined ? "x-serverless-authorization" : "authorization";
  const { email, aud } = decodeJwt((headers[header] ?? "").replace("Bearer ", ""))?.payload ?? {};
  return { status, email, audience: aud, header };
}

const text = `
proxy:
  port: 0
  as: invoker
  includeEmail: true
  services:
    - target: my-service
      port: 0
      cors: [http://localhost:3000]
      routes:
        - path: /hooks
          authHeader: x-serverless-authorization
    - target: admin@us-central1
      as: auditor
      audience: https://admin.example.com
      hosts: [admin.test]
    - target: stream
      socket: ./stream.sock
    - target: my-service
      name: shared
`;

test("a file names services, each with its own place, identity, audience, header and origins", async (t) => {
  await writeFile(join(directory, "runpass.yaml"), text);
  const { line } = startProgram(t, ["proxy", "--format", "json"], { variables, cwd: directory });
  const { doors } = await line("ready");
  assert.deepEqual(
    doors.map(({ services }) => services),
    [["admin", "shared"], ["my-service"], ["stream"]],
  );
  const [shared = "", own = "", socket = ""] = doors.map(({ url }) => url);
  const { port } = new URL(shared);
  const invoker = { status: 200, email: emailOf("invoker"), audience: emulator.serviceUrl("my-service") };
  assert.deepEqual(await ask(own), { ...invoker, header: "authorization" });
  assert.deepEqual(await ask(`${own}/hooks/a?b`), { ...invoker, header: "x-serverless-authorization" });
  assert.deepEqual(await ask(`${own}/hooks2`), { ...invoker, header: "authorization" });
  const auditor = { status: 200, email: emailOf("auditor"), audience: "https://admin.example.com" };
  assert.deepEqual(await ask(shared, `admin.localhost:${port}`), { ...auditor, header: "authorization" });
  assert.deepEqual(await ask(shared, `ADMIN.test:${port}`), { ...auditor, header: "authorization" });
  assert.deepEqual(await ask(shared, `shared.localhost:${port}`), { ...invoker, header: "authorization" });
  assert.equal((await ask(shared, `other.test:${port}`)).status, 421);
  assert.equal((await ask(own, "admin.test")).status, 421, "a name counts for its service alone");
  const origin = { headers: { origin: "http://localhost:3000" } };
  assert.equal((await fetch(own, origin)).headers.get("access-control-allow-origin"), "http://localhost:3000");
  assert.equal((await fetch(shared, origin)).status, 403);
  assert.equal(socket, `unix:${join(directory, "stream.sock")}`);
  assert.equal((await stat(join(directory, "stream.sock"))).mode & 0o777, 0o600);
});

test("a flag and a variable win over the file", async (t) => {
  const file = join(directory, "other.yaml");
  await writeFile(
    file,
    "proxy:\n  port: 1\n  as: nobody\n  services:\n    - target: my-service\n      as: none-at-all\n",
  );
  const words = ["proxy", "--file", file, "--as", "invoker", "--format", "json"];
  const { line } = startProgram(t, words, { variables: { ...variables, RUNPASS_PORT: "0" } });
  const { doors } = await line("ready");
  assert.equal((await ask(doors[0]?.url ?? "")).status, 200);
});

test("SIGHUP opens what is new, closes what is gone and keeps the streams of what stays", async (t) => {
  const file = join(directory, "changing.yaml");
  const services = (...lines: readonly string[]): Promise<void> =>
    writeFile(file, ["proxy:", "  as: invoker", "  services:", ...lines, ""].join("\n"));
  const stream = ["    - target: stream", "      socket: kept.sock"];
  const kept = ["--unix-socket", join(directory, "kept.sock"), "http://localhost/"];
  await services(...stream, "    - target: my-service", "      port: 0");
  const { child, line, says, output } = startProgram(t, ["proxy", "--file", file, "--format", "json"], { variables });
  const { doors: first } = await line("ready");
  const gone = first[1]?.url ?? "";
  assert.equal((await ask(gone)).status, 200);
  const asked = once(backend.server, "request");
  const streaming = curl(...kept);
  await asked;

  await t.test("a new service comes, another goes", async () => {
    await services(...stream, "    - target: admin", "      as: auditor", "      port: 0");
    child.kill("SIGHUP");
    const { doors } = await line("reloaded");
    assert.deepEqual(
      doors.map((door) => door.services),
      [["stream"], ["admin"]],
    );
    assert.equal((await ask(doors[1]?.url ?? "")).status, 200);
    await assert.rejects(fetch(gone), "nobody listens there any more");
  });

  await t.test(
    "a broken file, a service that is not there and a port that is taken change nothing, and say so",
    async () => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
      t.after(() => taken.close());
      const { port } = taken.address() as AddressInfo;
      await services(...stream, "    - taget: my-service");
      child.kill("SIGHUP");
      await says('changing.yaml:6:7: unknown key "taget": did you mean target?');
      await services(...stream, "    - target: no-such-service");
      child.kill("SIGHUP");
      await says("no-such-service");
      await writeFile(file, `proxy:\n  as: invoker\n  services:\n    - target: my-service\n      port: ${port}\n`);
      child.kill("SIGHUP");
      await says(`port ${port} on 127.0.0.1 is taken`);
      assert.equal(output.stderr.match(/all stays as it was/g)?.length, 3);
    },
  );

  next();
  assert.equal((await streaming).stdout, "begun ended");
  assert.equal(output.stdout.match(/"type":"reloaded"/g)?.length, 1);
});

test("SIGHUP opens and closes the port for metrics", async (t) => {
  const file = join(directory, "admin.yaml");
  const write = (...lines: readonly string[]): Promise<void> =>
    writeFile(
      file,
      ["proxy:", "  as: invoker", ...lines, "  services: [{ target: my-service, port: 0 }]", ""].join("\n"),
    );
  await write("  adminPort: 0");
  const { child, line } = startProgram(t, ["proxy", "--file", file, "--format", "json"], { variables });
  const { adminUrl: first = "", doors } = await line("ready");
  assert.equal((await fetch(`${first}/liveness`)).status, 200);
  await write();
  child.kill("SIGHUP");
  assert.equal((await line("reloaded")).adminUrl, undefined);
  await assert.rejects(fetch(`${first}/liveness`), "nobody listens there any more");
  await write("  adminPort: 0");
  child.kill("SIGHUP");
  const { adminUrl: second = "", doors: kept } = await line("reloaded", 1);
  assert.match(await (await fetch(`${second}/metrics`)).text(), /runpass/);
  assert.deepEqual(kept, doors);
});

test("SIGHUP listens on another address at the same port, and streams of before go on", async (t) => {
  const file = join(directory, "bind.yaml");
  await writeFile(join(directory, "secret"), "a-secret-of-many-characters", { mode: 0o600 });
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const write = (...lines: readonly string[]): Promise<void> =>
    writeFile(
      file,
      ["proxy:", "  as: invoker", ...lines, `  services: [{ target: stream, port: ${port} }]`, ""].join("\n"),
    );
  await write();
  const { child, line, says } = startProgram(t, ["proxy", "--file", file, "--format", "json"], { variables });
  await line("ready");
  const url = `http://127.0.0.1:${port}`;
  const asked = once(backend.server, "request");
  const streaming = curl(url);
  await asked;

  await write("  bind: 0.0.0.0");
  child.kill("SIGHUP");
  await says("The proxy does not listen on 0.0.0.0 without a secret");
  await write("  bind: 203.0.113.1", "  secret: secret"); // TEST-NET-3: no address of this machine
  child.kill("SIGHUP");
  await says("203.0.113.1");
  const { stdout: stillOpen } = await curl("--head", "--header", "Origin: https://other.example", url);
  assert.match(stillOpen, /^HTTP\/1\.1 403 /, "all stays as it was");

  await write("  bind: 0.0.0.0", "  secret: secret");
  child.kill("SIGHUP");
  const { doors } = await line("reloaded");
  assert.deepEqual(
    doors.map((door) => door.url),
    [`http://0.0.0.0:${port}`],
  );
  assert.match((await curl("--head", url)).stdout, /^HTTP\/1\.1 401 /, "the secret is asked for");
  next();
  assert.equal((await streaming).stdout, "begun ended");
});

test("what is wrong with a file is told at once, with its place and the nearest key", async () => {
  await using line = await createCommandLine(world(backend.url.href));
  const file = join(directory, "wrong.yaml");
  const complaints = async (...lines: readonly string[]): Promise<string> => {
    await writeFile(file, `proxy:\n${lines.map((one) => `  ${one}\n`).join("")}`);
    const { exitCode, stderr } = await line.runpass(["proxy", "--file", file]);
    assert.equal(exitCode, 2, stderr);
    return stderr.replaceAll(directory, "");
  };
  const first = await complaints(
    "prot: 1",
    "port: 70000",
    "services:",
    "  - targt: a",
    "  - target: b",
    "    authHeader: c",
  );
  assert.match(first, /\/wrong\.yaml:2:3: unknown key "prot": did you mean port\?/);
  assert.match(first, /\/wrong\.yaml:3:9: a whole number from 0 to 65535 is expected, not 70000/);
  assert.match(first, /\/wrong\.yaml:5:7: unknown key "targt": did you mean target\?/);
  assert.match(first, /\/wrong\.yaml:5:7: "target" is missing/);
  assert.match(first, /\/wrong\.yaml:7:19: auto or authorization or x-serverless-authorization is expected, not c/);
  assert.match(await complaints("services: []"), /:2:13: no service is in it/);
  assert.match(await complaints("services: [{ target: My_Service }]"), /:2:24: .*Did you mean my-service\?/);
  assert.match(
    await complaints("services: [{ target: a, port: 1 }, { target: b, port: 1 }]"),
    /:2:57: 1 is another service's port/,
  );
  assert.match(await complaints("services: [{ target: a, port: 1, socket: b }]"), /:2:44: .*not both/);
  assert.match(await complaints("cors: [localhost]", "services: [{ target: a }]"), /:2:10: an origin such as/);
  assert.match(await complaints("services: [{ target: a, as: '' }]"), /:2:31: a text is expected/);
  assert.match(await complaints("services: [{ target: a, routes: [{ path: b, authHeader: auto }] }]"), /:2:44: a path/);
  await writeFile(file, "emulator: {}\n");
  assert.match((await line.runpass(["proxy", "--file", file])).stderr, /no section proxy/);
  assert.equal((await line.runpass(["proxy", "--file", join(directory, "none.yaml")])).exitCode, 5);
  assert.equal((await line.runpass(["proxy", "my-service", "--file", file])).exitCode, 2);
});
