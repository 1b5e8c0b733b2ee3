import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import type { Answer } from "../../src/core/context.ts";
import { createFetch } from "../../src/http/fetch.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandLine, CommandOptions } from "../support/command-line.ts";
import { startBackend } from "../support/loopback.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const audience = "https://a.run.app";
const directory = mkdtempSync(join(tmpdir(), "runpass-"));
after(() => rmSync(directory, { recursive: true }));

function file(name: string, content: object | string): string {
  const path = join(directory, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

/** Runs a command that must fail: with this code, and with a way on, in text as in JSON. */
async function fails(
  line: CommandLine,
  argv: readonly string[],
  code: string,
  fix: RegExp,
  options: CommandOptions = {},
): Promise<void> {
  const asText = await line.runpass(argv, options);
  assert.equal(asText.exitCode, 3, asText.stderr);
  assert.match(asText.stderr, /^error: .+\n(?: +why: .+\n)? +fix: .+\n$/m);
  assert.equal(asText.stdout, "");
  const asJson = await line.runpass([...argv, "--format", "json", "--verbosity", "error"], options);
  const { error } = JSON.parse(asJson.stderr) as { error: { code: string; fix: string; exitCode: number } };
  assert.deepEqual([error.code, error.exitCode], [code, 3], asJson.stderr);
  assert.match(error.fix, fix);
}

/** The default world with its developer, or its service account, in another state. */
const worldWith = (change: { user?: "disabled" | "deleted"; account?: "disabled" }): World => ({
  ...defaultWorld,
  users: defaultWorld.users.map((user) =>
    user.email === "dev@example.com" && change.user ? { ...user, state: change.user } : user,
  ),
  serviceAccounts: defaultWorld.serviceAccounts.map((account) => ({
    ...account,
    ...(change.account === undefined ? {} : { state: change.account }),
    bindings: [{ role: "roles/iam.serviceAccountTokenCreator", members: ["user:dev@example.com"] }],
  })),
});

/** A key of the account `invoker`, as the API hands it out, and the call of that API as the world's owner. */
async function createKey(
  line: CommandLine,
): Promise<{ path: string; call(method: string, path: string): Promise<Answer> }> {
  const environment = { variables: line.variables, homeDir: "/nonexistent", platform: process.platform };
  const fetch = createFetch({ environment });
  const key = JSON.parse(
    readFileSync(join(line.variables["CLOUDSDK_CONFIG"]!, "legacy_credentials/admin@example.com/adc.json"), "utf8"),
  ) as Record<string, string>;
  const form = { grant_type: "refresh_token", client_id: key["client_id"]!, client_secret: key["client_secret"]! };
  const body = new URLSearchParams({ ...form, refresh_token: key["refresh_token"]! }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch("https://oauth2.googleapis.com/token", { method: "POST", headers, body });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const account = `https://iam.googleapis.com/v1/projects/demo-project/serviceAccounts/${invoker}`;
  const call = async (method: string, path: string): Promise<Answer> =>
    fetch(account + path, { method, headers: { authorization: `Bearer ${token}` } });
  const { privateKeyData } = (await (await call("POST", "/keys")).json()) as { privateKeyData: string };
  return { path: file("key.json", Buffer.from(privateKeyData, "base64").toString("utf8")), call };
}

test("a user whose account was deleted or is disabled", async () => {
  for (const user of ["deleted", "disabled"] as const) {
    await using line = await createCommandLine(worldWith({ user }));
    await fails(line, ["token"], `account_${user}`, /another account/);
  }
});

test("a login that was revoked, and one of an OAuth client that Google does not know", async () => {
  await using line = await createCommandLine();
  const adc = join(line.variables["CLOUDSDK_CONFIG"]!, "application_default_credentials.json");
  const key = JSON.parse(readFileSync(adc, "utf8")) as Record<string, string>;
  const unknown = file("unknown.json", { ...key, client_id: "unknown.apps.googleusercontent.com" });
  await fails(
    line,
    ["token", "--credentials", unknown],
    "oauth_client_unknown",
    /gcloud auth application-default login/,
  );
  const fetch = createFetch({ environment: { variables: line.variables, homeDir: "/", platform: process.platform } });
  const url = `https://oauth2.googleapis.com/revoke?token=${encodeURIComponent(key["refresh_token"]!)}`;
  assert.equal((await fetch(url, { method: "POST" })).status, 200);
  await fails(line, ["token", "--credentials", "adc"], "grant_revoked", /gcloud auth application-default login/);
});

test("a service account that is disabled, by its key and by impersonation, and one that was deleted", async () => {
  await using line = await createCommandLine(worldWith({ account: "disabled" }));
  const as = ["token", "--as", invoker, "--audience", audience];
  await fails(line, as, "account_disabled", /gcloud iam service-accounts enable invoker@/);
  await using other = await createCommandLine();
  const { path, call } = await createKey(other);
  const byKey = ["token", "--credentials", path, "--audience", audience];
  await call("POST", ":disable");
  await fails(other, byKey, "account_disabled", /gcloud iam service-accounts enable invoker@/);
  await call("DELETE", "");
  await fails(other, byKey, "account_deleted", /undelete/);
});

test("a clock that is wrong, and a key that was deleted", async () => {
  await using line = await createCommandLine();
  const { path, call } = await createKey(line);
  const byKey = ["token", "--credentials", path, "--audience", audience];
  for (const aheadMs of [-7_200_000, 7_200_000]) await fails(line, byKey, "clock_skew", /clock/, { aheadMs });
  const { private_key_id: id } = JSON.parse(readFileSync(path, "utf8")) as { private_key_id: string };
  await call("DELETE", `/keys/${id}`);
  await fails(line, byKey, "credentials_rejected", /gcloud iam service-accounts keys list/);
});

test("a new sign-in that the organisation asks for", async () => {
  for (const reauth of ["invalid_rapt", "rapt_required"] as const) {
    const users = defaultWorld.users.map((user) => (user.email === "dev@example.com" ? { ...user, reauth } : user));
    await using line = await createCommandLine({ ...defaultWorld, users });
    await fails(line, ["token"], "reauthentication_required", /gcloud auth login dev@example\.com/);
  }
});

test("a scope that the login lacks, or that Google does not give it", async () => {
  // The last answers as Google does to a login without `openid`.
  const answers: readonly [body: object, status: number][] = [
    [{ error: "invalid_scope", error_description: "Bad Request" }, 400],
    [{ access_token: "ya29.a", expires_in: 3599, scope: "email" }, 200],
  ];
  await using line = await createCommandLine();
  for (const [body, status] of answers) {
    await using backend = await startBackend((_request, response) =>
      response.writeHead(status).end(JSON.stringify(body)),
    );
    const login = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" };
    const path = file("user.json", { ...login, token_uri: backend.url.href });
    await fails(line, ["token", "--credentials", path], "scope_missing", /gcloud auth (?:application-default )?login/);
  }
});

test("a subject token that cannot be got, an executable that may not run, and no ID token to be had", async () => {
  await using line = await createCommandLine();
  const external = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  };
  const missing = file("missing.json", { ...external, credential_source: { file: join(directory, "none") } });
  const as = ["--as", invoker, "--audience", audience];
  await fails(line, ["token", "--credentials", missing, ...as], "subject_token_unreadable", /writes it there/);
  await fails(line, ["token", "--credentials", missing], "id_token_unavailable", /--as SERVICE_ACCOUNT/);
  const executable = { executable: { command: "/bin/true" } };
  const program = file("program.json", { ...external, credential_source: executable });
  await fails(line, ["token", "--credentials", program, ...as], "executable_unusable", /ALLOW_EXECUTABLES=1/);
});

test("no metadata server where one was asked for", async () => {
  await using line = await createCommandLine();
  await using backend = await startBackend((_request, response) => response.end("hello"));
  const options = { variables: { GCE_METADATA_HOST: backend.url.host } };
  const argv = ["token", "--credentials", "metadata", "--audience", audience];
  await fails(line, argv, "metadata_unavailable", /--credentials gcloud/, options);
});
