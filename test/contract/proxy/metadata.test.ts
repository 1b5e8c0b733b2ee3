import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run, startSubject, worldWith } from "../fixture.ts";
import type { Finished, Subject } from "../fixture.ts";
import { missingPython, python } from "../python.ts";
import { publishedCommand } from "../../support/published-command.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform";
let subject: Subject;

before(async () => {
  subject = await startSubject(
    worldWith({
      service: [{ role: "roles/run.invoker", members: [`serviceAccount:${invoker}`] }],
      serviceAccount: [{ role: "roles/iam.serviceAccountTokenCreator", members: ["user:dev@example.com"] }],
    }),
  );
});
after(() => subject[Symbol.asyncDispose]());

/** Runs a command as `runpass exec` does, with a metadata server. */
const exec = (words: readonly string[], ...options: readonly string[]): Promise<Finished> =>
  run(subject, process.execPath, [publishedCommand, "exec", "--metadata", ...options, "--", ...words], {
    TEST_URL: subject.serviceUrl,
  });

test("google-auth-library in the command acts as the account, with access tokens and ID tokens, and no key", async () => {
  const client = join(import.meta.dirname, "../clients/exec-metadata.ts");
  const { code, stdout, stderr } = await exec([process.execPath, "--no-warnings", client], "--as", "invoker");
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    kind: "Compute",
    available: true,
    project: "demo-project",
    account: invoker,
    tokenInfo: invoker,
    status: 200,
  });
  assert.equal(subject.emulator.trace().at(-1)?.principal, `serviceAccount:${invoker}`);
  assert.doesNotMatch(stderr, /ya29|eyJ/);
});

test("Python's library too", { skip: missingPython }, async () => {
  const script = join(import.meta.dirname, "../clients/metadata.py");
  const words = [publishedCommand, "exec", "--metadata", "--as", "invoker", "--", python!.command, script];
  const extra = { SERVICE_URL: subject.serviceUrl, PYTHONWARNINGS: "ignore", ...python!.variables };
  const { code, stdout, stderr } = await run(subject, process.execPath, words, extra);
  assert.equal(code, 0, stderr);
  const { email, project, status } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual({ email, project, status }, { email: invoker, project: "demo-project", status: 200 });
});

test("runpass in the command is the account too, and a proxy beside it works", async () => {
  const script =
    'runpass() { "$NODE" "$MAIN" "$@"; }; runpass curl "$TEST_URL" -s -o /dev/null -w "%{http_code} " && curl -s -o /dev/null -w "%{http_code}" --noproxy "*" "$A_URL"';
  const { code, stdout, stderr } = await run(
    subject,
    process.execPath,
    [publishedCommand, "exec", "A_URL=my-service", "--metadata", "--as", "invoker", "--", "sh", "-c", script],
    { NODE: process.execPath, MAIN: publishedCommand, TEST_URL: subject.serviceUrl },
  );
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "200 200");
});

test("whoever does not say Metadata-Flavor, is addressed by another name, or comes from a page gets nothing", async () => {
  // The command prints where its server is and waits for its standard input to end: here, for us.
  const attack = `
    const { request } = require("node:http");
    const ask = (headers, path = "/computeMetadata/v1/instance/service-accounts/default/token", method = "GET") =>
      new Promise((resolve) => request({ ...address, method, path, headers }, (answer) => {
        let body = ""; answer.on("data", (chunk) => (body += chunk)).on("end", () => resolve([answer.statusCode, /ya29|eyJ/.test(body)]));
      }).end());
    const [host, port] = process.env.GCE_METADATA_HOST.split(":");
    const address = { host, port };
    const read = (path) => fetch("http://" + process.env.GCE_METADATA_HOST + path, { headers: google }).then((answer) => answer.text());
    const google = { "metadata-flavor": "Google" };
    (async () => console.log(JSON.stringify({
      host, right: await ask(google), bare: await ask({}), other: await ask({ "metadata-flavor": "other" }),
      rebound: await ask({ ...google, host: "evil.example" }),
      named: await ask({ ...google, host: "metadata.google.internal" }),
      page: await ask({ ...google, origin: "https://evil.example" }),
      site: await ask({ ...google, "sec-fetch-site": "cross-site" }),
      passedOn: await ask({ ...google, "x-forwarded-for": "10.0.0.1" }),
      post: await ask(google, undefined, "POST"),
      nothing: await ask(google, "/computeMetadata/v1/instance/attributes/ssh-keys"),
      proto: await ask(google, "/computeMetadata/v1/__proto__/constructor"),
      tree: await read("/computeMetadata/v1/instance/service-accounts/default/?recursive=true"),
      scopes: await read("/computeMetadata/v1/instance/service-accounts/default/scopes"),
      noAudience: await ask(google, "/computeMetadata/v1/instance/service-accounts/default/identity"),
    })))();`;
  const { code, stdout, stderr } = await exec([process.execPath, "-e", attack], "--as", "invoker");
  assert.equal(code, 0, stderr);
  const refused = [403, false];
  assert.deepEqual(JSON.parse(stdout), {
    host: "127.0.0.1",
    right: [200, true],
    bare: refused,
    other: refused,
    rebound: refused,
    named: refused,
    page: refused,
    site: refused,
    passedOn: refused,
    post: [405, false],
    nothing: [404, false],
    proto: [404, false],
    tree: JSON.stringify({ aliases: ["default"], email: invoker, scopes: [cloudPlatform] }),
    scopes: `${cloudPlatform}\n`,
    noAudience: [400, false],
  });
});

test("without an account to act as it is said before the command starts; a token that is refused is told beside it", async () => {
  const { code, stderr } = await exec(["true"]);
  assert.equal(code, 125);
  assert.match(stderr, /--metadata needs a service account[^]*--as invoker/);
  const script =
    'curl -s -H "Metadata-Flavor: Google" --noproxy "*" "http://$GCE_METADATA_HOST/computeMetadata/v1/instance/service-accounts/default/token"';
  const refused = await exec(["sh", "-c", script], "--as", "nobody@demo-project.iam.gserviceaccount.com");
  assert.match(refused.stdout, /nobody@/);
  assert.match(refused.stderr, /no token for the command; .*nobody@/);
});
