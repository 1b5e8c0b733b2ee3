import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { World } from "../../src/emulator/world/world.ts";
import { startBackend } from "../support/loopback.ts";
import { missingCommand, run, runClient, startSubject, worldWith } from "./fixture.ts";
import type { Subject } from "./fixture.ts";
import { runGcloud } from "./gcloud/run-gcloud.ts";
import { missingPython, runPython } from "./python.ts";
import { publishedCommand } from "../support/published-command.ts";

interface Seen {
  readonly kind: string;
  readonly accessToken: string | { readonly error: string };
  readonly direct: number;
  readonly called: number | { readonly error: string };
}

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const pool = "iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci-pool";
const audience = `//${pool}/providers/ci-provider`;
const workforce = "iam.googleapis.com/locations/global/workforcePools/staff";
const world: World = {
  ...worldWith({
    service: [{ role: "roles/run.invoker", members: [`serviceAccount:${invoker}`] }],
    serviceAccount: [
      {
        role: "roles/iam.workloadIdentityUser",
        members: [`principalSet://${pool}/attribute.repository/acme/web`, `principal://${workforce}/subject/ann`],
      },
    ],
  }),
  workloadIdentityPools: [
    {
      id: "ci-pool",
      project: "demo-project",
      providers: [
        {
          id: "ci-provider",
          attributeMapping: {
            "google.subject": "assertion.sub",
            "attribute.repository": "assertion.sub.extract('repo:{name}:')",
          },
          attributeCondition: "attribute.repository.startsWith('acme/')",
        },
      ],
    },
  ],
  workforcePools: [{ id: "staff", providers: [{ id: "sign-in" }] }],
};

let subject: Subject;
let directory: string;
/** What the library made of each credentials file, by its name. */
let seen: Readonly<Record<string, Seen>>;
before(async () => {
  subject = await startSubject(world);
  directory = await mkdtemp(join(tmpdir(), "runpass-contract-"));
  const token = await subject.emulator.subjectToken({ subject: "repo:acme/web:main" });
  await using backend = await startBackend((request, response) => {
    response.end(JSON.stringify({ value: request.headers["metadata"] === "True" ? token : "none" }));
  });
  const format = { type: "json", subject_token_field_name: "value" };
  const command = `${process.execPath} --no-warnings ${publishedCommand} emulator subject-token repo:acme/web:main --format json`;
  const files = {
    file: await tokenFile("file", "acme/web"),
    other: await tokenFile("other", "acme/other"),
    foreign: await tokenFile("foreign", "mallory/web"),
    url: { url: backend.url.href, headers: { Metadata: "True" }, format },
    executable: { executable: { command, timeout_millis: 30_000 } },
  };
  const paths = Object.entries(files).map(([name, source]) => credentialsFile(name, source));
  paths.push(credentialsFile("impersonated", files.file, impersonation));
  paths.push(workforceFile());
  const variables = { ...subject.variables, GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1" };
  seen = await runClient({ ...subject, variables }, "federation", [invoker, ...(await Promise.all(paths))]);
});
after(async () => {
  await subject[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const impersonation = {
  service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${invoker}:generateAccessToken`,
};

async function credentialsFile(name: string, source: object, more: object = {}): Promise<string> {
  const path = join(directory, `${name}.json`);
  const content = {
    type: "external_account",
    audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    credential_source: source,
    ...more,
  };
  await writeFile(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}

async function workforceFile(): Promise<string> {
  const path = join(directory, "workforce.json");
  const key = await subject.emulator.signInToWorkforce({ pool: "staff", subject: "ann" });
  await writeFile(path, JSON.stringify(key), { mode: 0o600 });
  return path;
}

async function tokenFile(name: string, repository: string): Promise<{ readonly file: string }> {
  const file = join(directory, `${name}.jwt`);
  await writeFile(file, await subject.emulator.subjectToken({ subject: `repo:${repository}:main` }), { mode: 0o600 });
  return { file };
}

test("google-auth-library trades a token from a file, and calls the service through the account, not with what it traded", () => {
  const { kind, accessToken, direct, called } = seen["file"]!;
  assert.deepEqual({ kind, direct, called }, { kind: "IdentityPoolClient", direct: 401, called: 200 });
  assert.match(JSON.stringify(accessToken), /^"ya29\.d\./);
});

test("with an impersonation URL the access token is the service account's, whom the service wants an ID token of, too", () => {
  const { accessToken, direct } = seen["impersonated"]!;
  assert.match(JSON.stringify(accessToken), /^"ya29\.c\./);
  assert.equal(direct, 401);
});

test("who is in the pool but not in the set that was granted gets an access token and may not impersonate", () => {
  const { accessToken, called } = seen["other"]!;
  assert.match(JSON.stringify(accessToken), /^"ya29\.d\./);
  assert.match(JSON.stringify(called), /Permission 'iam\.serviceAccounts\.getOpenIdToken' denied/);
});

test("who does not meet the condition gets nothing, and the library tells why", () => {
  const { accessToken } = seen["foreign"]!;
  assert.match(
    JSON.stringify(accessToken),
    /unauthorized_client.*The given credential is rejected by the attribute condition/,
  );
});

test("google-auth-library trades a token that it asks an address for", () => {
  const { kind, called } = seen["url"]!;
  assert.deepEqual({ kind, called }, { kind: "IdentityPoolClient", called: 200 });
});

test("google-auth-library trades a token that `runpass emulator subject-token` gives it as an executable", () => {
  const { kind, called } = seen["executable"]!;
  assert.deepEqual({ kind, called }, { kind: "PluggableAuthClient", called: 200 });
});

test("somebody of a workforce pool who has signed in gets access tokens, and through a service account the service", () => {
  const { kind, accessToken, direct, called } = seen["workforce"]!;
  assert.deepEqual({ kind, direct, called }, { kind: "ExternalAccountAuthorizedUserClient", direct: 401, called: 200 });
  assert.match(JSON.stringify(accessToken), /^"ya29\.d\./);
});

test("the service sees the account, whoever acted as it", () => {
  const principals = subject.emulator
    .trace()
    .filter(({ allowed }) => allowed)
    .map(({ principal }) => principal);
  assert.deepEqual([...new Set(principals)], [`serviceAccount:${invoker}`]);
});

test(
  "Python's library trades a token, and gets an ID token for the service through the account",
  { skip: missingPython },
  async () => {
    const path = await credentialsFile("python", await tokenFile("python", "acme/web"));
    const { code, stdout, stderr } = await runPython(subject, "federation", [path, invoker]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { status: 200 });
  },
);

test(
  "gcloud logs in with such a file, and knows by introspection whom it has logged in",
  { skip: missingCommand("gcloud") },
  async () => {
    const path = await credentialsFile("gcloud", await tokenFile("gcloud", "acme/web"), {
      token_info_url: "https://sts.googleapis.com/v1/introspect",
    });
    const args = ["auth", "login", `--cred-file=${path}`, "--quiet"];
    const { code, stderr } = await runGcloud(subject, args);
    assert.equal(code, 0, stderr);
    assert.ok(stderr.includes(`credentials for: [principal://${pool}/subject/repo:acme/web:main]`), stderr);
  },
);

test("curl reads what verifies the emulator's own subject tokens, by name through the proxy and by path", async () => {
  for (const base of ["https://emulator.runpass.test", subject.emulator.url]) {
    const discovery = await run(subject, "curl", ["-sSf", `${base}/issuer/.well-known/openid-configuration`]);
    const { issuer } = JSON.parse(discovery.stdout) as { issuer: string };
    assert.equal(issuer, "https://emulator.runpass.test/issuer", discovery.stderr);
    const { stdout } = await run(subject, "curl", ["-sSf", `${base}/issuer/jwks`]);
    assert.match(stdout, /"kid": "emulator-issuer-/);
    assert.doesNotMatch(stdout, /"d"/);
  }
});
