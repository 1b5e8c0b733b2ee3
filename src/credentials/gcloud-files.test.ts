import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { Environment } from "../core/environment.ts";
import { silentLogger } from "../core/context.ts";
import { gcloudDirectory, readGcloudProperties } from "./gcloud-files.ts";

function gcloudFiles(t: TestContext, files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "configurations"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

function environmentOf(variables: Readonly<Record<string, string>>): Environment {
  return { variables, homeDir: "/home/dev", platform: "linux" };
}

test("gcloud's directory is CLOUDSDK_CONFIG, else the platform's", () => {
  assert.equal(gcloudDirectory(environmentOf({ CLOUDSDK_CONFIG: "/else" })), "/else");
  assert.equal(gcloudDirectory(environmentOf({})), join("/home/dev", ".config", "gcloud"));
  const windows: Environment = { variables: { APPDATA: "/roaming" }, homeDir: "/home/dev", platform: "win32" };
  assert.equal(gcloudDirectory(windows), join("/roaming", "gcloud"));
});

test("the configuration is the option's, else the variable's, else the active one, else the default one", (t) => {
  const files = Object.fromEntries(
    ["default", "active", "by-variable", "by-option"].map((name) => [
      `configurations/config_${name}`,
      `[core]\nproject = ${name}\n`,
    ]),
  );
  const CLOUDSDK_CONFIG = gcloudFiles(t, files);
  const CLOUDSDK_ACTIVE_CONFIG_NAME = "by-variable";
  const project = (variables: Record<string, string>, configuration?: string): string | undefined =>
    readGcloudProperties(environmentOf({ CLOUDSDK_CONFIG, ...variables }), { configuration }).project;
  assert.equal(project({}), "default");
  writeFileSync(join(CLOUDSDK_CONFIG, "active_config"), "active\n");
  assert.equal(project({}), "active");
  assert.equal(project({ CLOUDSDK_ACTIVE_CONFIG_NAME }), "by-variable");
  assert.equal(project({ CLOUDSDK_ACTIVE_CONFIG_NAME }, "by-option"), "by-option");
  assert.equal(project({ CLOUDSDK_ACTIVE_CONFIG_NAME: "NONE" }), undefined);
});

test("a property's variable wins over the file, and an empty one counts as none", (t) => {
  const CLOUDSDK_CONFIG = gcloudFiles(t, {
    "configurations/config_default":
      "[core]\naccount = file@example.com\n[run]\nregion = us-central1\n[auth]\nimpersonate_service_account = a@x.iam.gserviceaccount.com\n",
  });
  const properties = readGcloudProperties(
    environmentOf({ CLOUDSDK_CONFIG, CLOUDSDK_CORE_ACCOUNT: "variable@example.com", CLOUDSDK_RUN_REGION: "" }),
  );
  assert.deepEqual(properties, {
    directory: CLOUDSDK_CONFIG,
    configuration: "default",
    account: "variable@example.com",
    region: "us-central1",
    impersonateServiceAccount: "a@x.iam.gserviceaccount.com",
    origins: new Map([
      ["core/account", "CLOUDSDK_CORE_ACCOUNT"],
      ["run/region", "gcloud configuration default"],
      ["auth/impersonate_service_account", "gcloud configuration default"],
    ]),
  });
});

test("no gcloud at all is no error", () => {
  const properties = readGcloudProperties(environmentOf({ CLOUDSDK_CONFIG: "/nonexistent" }));
  assert.deepEqual(properties, { directory: "/nonexistent", configuration: "default", origins: new Map() });
});

test("a configuration that was asked for and is none is an error", (t) => {
  const CLOUDSDK_CONFIG = gcloudFiles(t, {});
  const environment = environmentOf({ CLOUDSDK_CONFIG });
  for (const configuration of ["missing", "../../etc/passwd", ""]) {
    assert.throws(() => readGcloudProperties(environment, { configuration }), { code: "invalid_argument" });
  }
});

test("broken files are reported by name and line, and passed over", (t) => {
  const CLOUDSDK_CONFIG = gcloudFiles(t, {
    active_config: "../escape",
    "configurations/config_default": "[core]\nwhat-is-this\nproject = p\n",
  });
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  const { project } = readGcloudProperties(environmentOf({ CLOUDSDK_CONFIG }), { log });
  assert.equal(project, "p");
  assert.match(warnings.join("\n"), /active_config does not name[^]*config_default, line 2 /);
  assert.doesNotMatch(warnings.join("\n"), /what-is-this/);
});

test("gcloud's proxy properties make one URL, with the login escaped; an incomplete set is reported", () => {
  const proxy = (variables: Record<string, string>): [string | undefined, number] => {
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const environment = environmentOf({ CLOUDSDK_CONFIG: "/nonexistent", ...variables });
    return [readGcloudProperties(environment, { log }).proxyUrl, warnings.length];
  };
  const complete = {
    CLOUDSDK_PROXY_TYPE: "http",
    CLOUDSDK_PROXY_ADDRESS: "proxy.example.com",
    CLOUDSDK_PROXY_PORT: "3128",
  };
  assert.deepEqual(proxy(complete), ["http://proxy.example.com:3128", 0]);
  const login = { CLOUDSDK_PROXY_USERNAME: "u@x", CLOUDSDK_PROXY_PASSWORD: "p:/?" };
  assert.deepEqual(proxy({ ...complete, ...login }), ["http://u%40x:p%3A%2F%3F@proxy.example.com:3128", 0]);
  assert.deepEqual(proxy({ CLOUDSDK_PROXY_ADDRESS: "proxy.example.com" }), [undefined, 1]);
  assert.deepEqual(proxy({ ...complete, CLOUDSDK_PROXY_TYPE: "carrier-pigeon" }), [undefined, 1]);
  assert.deepEqual(proxy({ ...complete, CLOUDSDK_PROXY_ADDRESS: "not a host" }), [undefined, 1]);
});
