import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { rootCertificates } from "node:tls";
import { loadSqlite } from "../core/sqlite.ts";
import { misleadingVariables, overParent, prepareChildEnvironment } from "./child-environment.ts";
import type { ChildVariables } from "./child-environment.ts";
import { truststorePassword } from "./certificates/java-truststore.ts";

const caCertificate = rootCertificates[0]!;

async function prepare(t: TestContext): Promise<{ directory: string; variables: ChildVariables }> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-env-"));
  t.after(() => rm(directory, { recursive: true }));
  const logins = ["dev", "admin"].map((name) => ({
    email: `${name}@example.com`,
    refreshToken: `1//gcloud-${name}`,
    adcRefreshToken: `1//adc-${name}`,
  }));
  const variables = await prepareChildEnvironment(directory, {
    gcloud: { project: "demo-project", region: "us-central1", logins },
    url: "http://127.0.0.1:9470",
    port: 9470,
    caCertificate,
    roots: rootCertificates.slice(1),
    service: "my-service",
    serviceUrl: "https://my-service-123456789012.us-central1.run.app",
    serviceAccount: "invoker@demo-project.iam.gserviceaccount.com",
  });
  return { directory, variables };
}

test("every file of a child's environment is for this user alone", async (t) => {
  const { directory } = await prepare(t);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  assert.ok(entries.length > 8);
  for (const entry of entries) {
    const { mode } = await stat(join(entry.parentPath, entry.name));
    assert.equal(mode & 0o077, 0, entry.name);
  }
});

test("the variables lead proxies, trust and identity to the emulator", async (t) => {
  const { directory, variables } = await prepare(t);
  for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "RUNPASS_EMULATOR"]) {
    assert.equal(variables[name], "http://127.0.0.1:9470", name);
  }
  for (const name of ["NO_PROXY", "no_proxy"]) assert.equal(variables[name], "localhost,127.0.0.1,::1");
  assert.equal(variables["CLOUDSDK_CONFIG"], join(directory, "gcloud"));
  assert.equal(variables["RUNPASS_CREDENTIALS"], "gcloud");
  const bundle = await readFile(variables["SSL_CERT_FILE"]!, "utf8");
  assert.ok(bundle.includes(caCertificate.trim()));
  assert.ok(bundle.split("-----BEGIN CERTIFICATE-----").length > 10, "the system's roots are in it");
  assert.equal(new X509Certificate(await readFile(variables["NODE_EXTRA_CA_CERTS"]!)).fingerprint256.length, 95);
  const adc = JSON.parse(await readFile(variables["GOOGLE_APPLICATION_CREDENTIALS"]!, "utf8"));
  assert.equal(adc.refresh_token, "1//adc-dev");
});

test("gcloud's stores hold both users, in gcloud's own tables", async (t) => {
  const { directory } = await prepare(t);
  using credentials = new (loadSqlite().DatabaseSync)(join(directory, "gcloud", "credentials.db"));
  const rows = credentials.prepare("SELECT account_id, value FROM credentials ORDER BY account_id").all();
  assert.deepEqual(
    rows.map((row) => [row["account_id"], JSON.parse(String(row["value"])).refresh_token]),
    [
      ["admin@example.com", "1//gcloud-admin"],
      ["dev@example.com", "1//gcloud-dev"],
    ],
  );
  using tokens = new (loadSqlite().DatabaseSync)(join(directory, "gcloud", "access_tokens.db"));
  assert.deepEqual(tokens.prepare("SELECT id_token, token_expiry FROM access_tokens").all(), []);
  const configuration = await readFile(join(directory, "gcloud", "configurations", "config_default"), "utf8");
  assert.match(configuration, /^account = dev@example.com$/m);
  assert.match(configuration, /^project = demo-project$/m);
});

test("preparing a directory again replaces what was there", async (t) => {
  const { directory, variables } = await prepare(t);
  const again = await prepareChildEnvironment(directory, {
    gcloud: {
      project: "other",
      region: "r",
      logins: [{ email: "x@y.z", refreshToken: "1//x", adcRefreshToken: "1//y" }],
    },
    url: "http://127.0.0.1:1",
    port: 1,
    caCertificate,
    roots: rootCertificates.slice(1),
    service: "s",
    serviceUrl: "https://s",
    serviceAccount: "a",
  });
  assert.equal(again["CLOUDSDK_CONFIG"], variables["CLOUDSDK_CONFIG"]);
  using credentials = new (loadSqlite().DatabaseSync)(join(directory, "gcloud", "credentials.db"));
  assert.equal(credentials.prepare("SELECT account_id FROM credentials").all().length, 1);
});

test("what would lead a child elsewhere goes, and nothing else", () => {
  const parent = {
    CLOUDSDK_CORE_PROJECT: "real",
    CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: "/real",
    CLOUDSDK_ACTIVE_CONFIG_NAME: "real",
    CLOUDSDK_PYTHON: "python3",
    CLOUDSDK_BQ_PYTHON: "python3",
    GOOGLE_APPLICATION_CREDENTIALS: "/real.json",
    GOOGLE_CLOUD_UNIVERSE_DOMAIN: "real",
    GOOGLE_CHROME_BIN: "chrome",
    GCE_METADATA_HOST: "real",
    K_SERVICE: "real",
    ALL_PROXY: "socks5://real",
    RUNPASS_AS: "real",
    PATH: "/bin",
    HOME: "/home/me",
  };
  const kept = ["CLOUDSDK_PYTHON", "CLOUDSDK_BQ_PYTHON", "GOOGLE_CHROME_BIN", "PATH", "HOME"];
  assert.deepEqual(
    misleadingVariables(parent),
    Object.keys(parent).filter((name) => !kept.includes(name)),
  );
  const variables = overParent({ CLOUDSDK_CONFIG: "/ours" }, { ...parent, CLOUDSDK_CONFIG: "/real" });
  assert.equal(variables["CLOUDSDK_CONFIG"], "/ours");
  assert.ok("CLOUDSDK_CORE_PROJECT" in variables && variables["CLOUDSDK_CORE_PROJECT"] === undefined);
});

test("Java reads the truststore", async (t) => {
  const { directory } = await prepare(t);
  const args = ["-list", "-keystore", join(directory, "truststore.jks"), "-storepass", truststorePassword];
  const { error, status, stdout } = spawnSync("keytool", ["-J-Duser.language=en", ...args], { encoding: "utf8" });
  if (error) return t.skip("no keytool on PATH");
  assert.equal(status, 0, stdout);
  assert.match(stdout, /trustedCertEntry/);
});
