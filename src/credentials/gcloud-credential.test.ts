import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/context.ts";
import { loadSqlite } from "../core/sqlite.ts";
import type { Credential } from "./credential.ts";
import { resolveCredential } from "./resolve.ts";

const developer = "dev@example.com";
const robot = "robot@demo-project.iam.gserviceaccount.com";
const user = { type: "authorized_user", client_id: "c", client_secret: "s", refresh_token: "r" };

interface Setup {
  readonly directory: string;
  /** The lines that the `gcloud` of the test was called with. */
  calls(): readonly string[];
  context(variables?: Readonly<Record<string, string>>): Context;
  store(account: string, value: object): void;
}

/** gcloud's directory, and a program called gcloud that prints its arguments' kind of token. */
function setUp(t: TestContext, { gcloud = true, script = 'echo "token-of-$2"' } = {}): Setup {
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, "configurations"));
  mkdirSync(join(directory, "bin"));
  const log = join(directory, "calls");
  writeFileSync(log, "");
  if (gcloud) {
    const line = `echo "$* [$CLOUDSDK_ACTIVE_CONFIG_NAME:$CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT]" >> "${log}"`;
    writeFileSync(join(directory, "bin", "gcloud"), `#!/bin/sh\n${line}\n${script}\n`);
    chmodSync(join(directory, "bin", "gcloud"), 0o755);
  }
  return {
    directory,
    calls: () => readFileSync(log, "utf8").split("\n").filter(Boolean),
    context: (variables = {}) => ({
      environment: {
        variables: {
          CLOUDSDK_CONFIG: directory,
          CLOUDSDK_CORE_ACCOUNT: developer,
          RUNPASS_CREDENTIALS: "gcloud",
          PATH: ["/nonexistent", join(directory, "bin"), "/bin", "/usr/bin"].slice(0, gcloud ? 4 : 1).join(delimiter),
          ...variables,
        },
        homeDir: directory,
        platform: "linux",
      },
      clock: systemClock,
      fetch: () => Promise.reject(new Error("no request is to be made")),
      log: silentLogger,
    }),
    store: (account, value) => {
      using database = new (loadSqlite().DatabaseSync)(join(directory, "credentials.db"));
      database.exec("CREATE TABLE IF NOT EXISTS credentials (account_id TEXT PRIMARY KEY, value BLOB)");
      database.prepare("INSERT OR REPLACE INTO credentials VALUES (?, ?)").run(account, JSON.stringify(value));
    },
  };
}

const unreadable: readonly [name: string, make: (setup: Setup) => Readonly<Record<string, string>> | void][] = [
  [
    "a store that is no database",
    ({ directory }) => writeFileSync(join(directory, "credentials.db"), "x".repeat(5000)),
  ],
  [
    "a store of another schema",
    ({ directory }) => {
      using database = new (loadSqlite().DatabaseSync)(join(directory, "credentials.db"));
      database.exec("CREATE TABLE secrets (id TEXT)");
    },
  ],
  ["an account of a kind that only gcloud knows", ({ store }) => store(developer, { type: "service_account_p12" })],
  [
    "a token endpoint that asks for a certificate",
    ({ store }) => store(developer, { ...user, token_uri: "https://oauth2.mtls.googleapis.com/token" }),
  ],
  [
    "certificate-bound access",
    ({ store }) => {
      store(developer, user);
      return { CLOUDSDK_CONTEXT_AWARE_USE_CLIENT_CERTIFICATE: "true" };
    },
  ],
];

for (const [name, make] of unreadable) {
  test(`${name} is left to the gcloud command, and without it is a clear error`, async (t) => {
    const setup = setUp(t);
    const variables = make(setup) ?? {};
    const credential = await resolveCredential(setup.context(variables));
    assert.deepEqual([credential.kind, credential.member], ["gcloud", `user:${developer}`]);
    assert.equal(await credential.accessToken(), "token-of-print-access-token");
    assert.equal(await credential.accessToken(), "token-of-print-access-token");
    assert.deepEqual(await credential.idToken(), { token: "token-of-print-identity-token", source: "minted" });
    assert.deepEqual(setup.calls(), [
      `auth print-access-token --account=${developer} --quiet [default:]`,
      `auth print-identity-token --account=${developer} --quiet [default:]`,
    ]);
    const without = setUp(t, { gcloud: false });
    const others = make(without) ?? {};
    await assert.rejects(
      resolveCredential(without.context(others)),
      (error: Credential & { code: string; fix: string }) => {
        assert.equal(error.code, "credentials_invalid");
        assert.match(error.fix, /gcloud/);
        return true;
      },
    );
  });
}

test("a store that stays locked is passed over to gcloud, which waits by itself", async (t) => {
  const setup = setUp(t);
  setup.store(developer, user);
  using database = new (loadSqlite().DatabaseSync)(join(setup.directory, "credentials.db"));
  database.exec("BEGIN EXCLUSIVE");
  assert.equal((await resolveCredential(setup.context())).kind, "gcloud");
});

test("by the gcloud command a service account chooses its audience, and impersonation is gcloud's own", async (t) => {
  const setup = setUp(t);
  setup.store(robot, { type: "service_account_p12" });
  const variables = { CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: "somebody", CLOUDSDK_CORE_ACCOUNT: robot };
  const credential = await resolveCredential(setup.context(variables));
  assert.equal(credential.canChooseAudience, true);
  await credential.idToken("https://a.run.app");
  await credential.idTokenAs?.(["a@p.iam.gserviceaccount.com", robot], "https://a.run.app", { includeEmail: true });
  await assert.rejects(credential.idToken(), { code: "invalid_argument" });
  assert.deepEqual(setup.calls(), [
    `auth print-identity-token --audiences=https://a.run.app --account=${robot} --quiet [default:]`,
    `auth print-identity-token --impersonate-service-account=a@p.iam.gserviceaccount.com,${robot} ` +
      `--audiences=https://a.run.app --include-email --account=${robot} --quiet [default:]`,
  ]);
});

test("what gcloud complains of is told, with a code by its words", async (t) => {
  const words: readonly [stderr: string, code: string, why: RegExp][] = [
    [
      "ERROR: (gcloud.auth.print-access-token) Reauthentication failed.",
      "reauthentication_required",
      /^Reauthentication/,
    ],
    ["ERROR: (gcloud.x) Failed to impersonate [a].", "permission_denied", /impersonate/],
    ["ERROR: (gcloud.x) There was a problem.", "credentials_rejected", /^There was a problem/],
    ["Traceback", "credentials_rejected", /exit code 1/],
  ];
  for (const [stderr, code, why] of words) {
    const setup = setUp(t, { script: `echo '${stderr}' >&2; exit 1` });
    setup.store(developer, { type: "unheard_of" });
    const credential = await resolveCredential(setup.context());
    await assert.rejects(credential.accessToken(), { code, why, fix: /gcloud auth login dev@example\.com/ });
  }
});

test("an access token in gcloud's environment or file stands in for the account, and gives no ID token by itself", async (t) => {
  const setup = setUp(t);
  const file = join(setup.directory, "access-token");
  writeFileSync(file, "ya29.file\n");
  setup.store(developer, user);
  const byFile = await resolveCredential(setup.context({ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file }));
  assert.deepEqual([byFile.kind, byFile.source, await byFile.accessToken()], ["access_token", file, "ya29.file"]);
  const both = { CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: file, CLOUDSDK_AUTH_ACCESS_TOKEN: "ya29.variable" };
  const byVariable = await resolveCredential(setup.context(both));
  assert.equal(await byVariable.accessToken(), "ya29.variable");
  await assert.rejects(byVariable.idToken(), { code: "id_token_unavailable", fix: /--as/ });
  const account = await resolveCredential(setup.context(both), { account: developer });
  assert.equal(account.kind, "authorized_user", "an account that was asked for is taken");
  const wrong = [{ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: "/nonexistent" }, { CLOUDSDK_AUTH_ACCESS_TOKEN: "two words" }];
  for (const variables of wrong) {
    await assert.rejects(resolveCredential(setup.context(variables)), { code: "credentials_invalid" });
  }
});

test("gcloud's federated, machine's and service-account logins are what they are, each by its own name", async (t) => {
  const setup = setUp(t);
  const principal = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/repo";
  const federated = {
    type: "external_account",
    audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    credential_source: { file: "/nonexistent" },
  };
  setup.store(principal, federated);
  setup.store("machine@developer.gserviceaccount.com", {
    type: "gce",
    service_account_email: "machine@developer.gserviceaccount.com",
  });
  setup.store(robot, { type: "service_account", client_email: robot, private_key: "pem" });
  const as = async (account: string): Promise<Credential> =>
    resolveCredential(setup.context({ CLOUDSDK_CORE_ACCOUNT: account }));
  const byPool = await as(principal);
  assert.deepEqual([byPool.kind, byPool.member], ["external_account", principal]);
  const machine = await as("machine@developer.gserviceaccount.com");
  assert.deepEqual([machine.kind, machine.principal], ["metadata", "machine@developer.gserviceaccount.com"]);
  assert.deepEqual([(await as(robot)).kind, (await as(robot)).member], ["service_account", `serviceAccount:${robot}`]);
});
