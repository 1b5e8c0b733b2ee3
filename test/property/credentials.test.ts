import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { systemClock } from "../../src/core/clock.ts";
import type { Context } from "../../src/core/context.ts";
import { RunpassError } from "../../src/core/errors.ts";
import { loadSqlite } from "../../src/core/sqlite.ts";
import { resolveCredential } from "../../src/credentials/resolve.ts";
import type { ResolveOptions } from "../../src/credentials/resolve.ts";
import { getIdToken } from "../../src/tokens/id-tokens.ts";
import { volume } from "../support/volume.ts";

const directory = mkdtempSync(join(tmpdir(), "runpass-"));
after(() => rmSync(directory, { recursive: true }));
mkdirSync(join(directory, "configurations"));
const file = (name: string): string => join(directory, name);

/** Stands in for whatever must not show: no message of ours holds it by chance. */
const secret = "S3cr3t_7f1c9A";

/** A context, and all that it was told for a person. */
function createContext(variables: Record<string, string>): { context: Context; said: string[] } {
  const said: string[] = [];
  const say = (message: string): void => void said.push(message);
  const context: Context = {
    environment: { variables: { CLOUDSDK_CONFIG: directory, ...variables }, homeDir: directory, platform: "linux" },
    clock: systemClock,
    // An endpoint that echoes all it gets, as it was sent and decoded.
    fetch: async (_url, init) => {
      const form = typeof init?.body === "string" ? init.body : "";
      const body = { error: form, error_description: [...new URLSearchParams(form).values()].join(" ") };
      return Response.json(body, { status: 400 });
    },
    log: { debug: say, info: say, warn: say },
  };
  return { context, said };
}

/** Whatever lies there, the outcome is a credential or an error of ours, and nothing that was in the file is said. */
async function holds(variables: Record<string, string>, options: ResolveOptions = {}): Promise<void> {
  const { context, said } = createContext(variables);
  try {
    const credential = await resolveCredential(context, options);
    const audience = credential.canChooseAudience ? "https://a.run.app" : undefined;
    const { token } = await getIdToken(context, { credential, audience, cache: false });
    assert.fail(`access is given, by ${token}`);
  } catch (error) {
    assert.ok(error instanceof RunpassError, inspect(error));
    said.push(inspect(error, { depth: Infinity }));
  }
  assert.ok(!said.join("\n").includes(secret), said.join("\n"));
}

/** Any bytes, with the secret somewhere among them. */
const bytes = fc
  .tuple(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }))
  .map(([before, behind]) => Buffer.concat([before, Buffer.from(secret), behind]));

/** Texts that come near to a credentials file: its members, with values right and wrong. */
const nearlyCredentials = fc
  .record(
    {
      type: fc.constantFrom(
        "authorized_user",
        "authorized_user",
        "service_account",
        "external_account",
        "external_account_authorized_user",
        "impersonated_service_account",
        "gce",
        "service_account_p12",
        secret,
        7,
      ),
      client_id: fc.constantFrom("client.apps.example.com", "", 7),
      client_secret: fc.constantFrom(secret, `${secret}\r\nx: y`, ["x"]),
      refresh_token: fc.constantFrom(secret, `${secret}&a=b %`, {}),
      client_email: fc.constantFrom("robot@p.iam.gserviceaccount.com", secret, null),
      private_key: fc.constantFrom(secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`, 0),
      token_uri: fc.constantFrom("https://oauth2.googleapis.com/token", `http://example.com/${secret}`, secret, 7),
      universe_domain: fc.constantFrom("googleapis.com", secret),
      account: fc.constantFrom("dev@example.com", secret, ""),
      audience: fc.constantFrom("//iam.googleapis.com/locations/global/workforcePools/p/providers/q", secret, 7),
      subject_token_type: fc.constantFrom("urn:ietf:params:oauth:token-type:jwt", secret),
      token_url: fc.constantFrom("https://sts.googleapis.com/v1/token", `http://example.com/${secret}`, secret),
      workforce_pool_user_project: fc.constantFrom("p", secret),
      service_account_impersonation_url: fc.constantFrom(
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken",
        `https://iamcredentials.googleapis.com/${secret}`,
        secret,
      ),
      service_account_email: fc.constantFrom("a@p.iam.gserviceaccount.com", secret),
      delegates: fc.constantFrom([], [secret], secret, null),
      source_credentials: fc.constantFrom(
        { type: "authorized_user", client_id: "c", client_secret: secret, refresh_token: secret },
        { type: secret },
        secret,
      ),
      credential_source: fc.constantFrom<unknown>(
        secret,
        { file: directory },
        { url: `https://example.com/${secret}`, headers: { "x-key": `${secret}\r\n` } },
        { url: `https://example.com/${secret}`, headers: { authorization: secret } },
        { url: secret },
        { executable: { command: secret } },
        { environment_id: "aws1", region_url: `https://example.com/${secret}`, url: secret },
        { environment_id: secret },
        { certificate: secret },
      ),
    },
    { requiredKeys: ["type", "client_id", "client_secret", "refresh_token"] },
  )
  .map((value) => Buffer.from(JSON.stringify(value)));

const contents = fc.oneof(bytes, nearlyCredentials);

test("any credentials file", async () => {
  const path = file("key.json");
  await fc.assert(
    fc.asyncProperty(contents, async (content) => {
      writeFileSync(path, content);
      await holds({ GOOGLE_APPLICATION_CREDENTIALS: path });
    }),
    { numRuns: volume({ full: 500, share: 75 }) },
  );
});

test("any file of Application Default Credentials", async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (content) => {
      writeFileSync(file("application_default_credentials.json"), content);
      await holds({ CLOUDSDK_CORE_ACCOUNT: "dev@example.com" });
    }),
    { numRuns: volume({ full: 300, share: 50 }) },
  );
  rmSync(file("application_default_credentials.json"));
});

test("any configuration of gcloud", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (active, configuration) => {
      writeFileSync(file("active_config"), active);
      writeFileSync(file("configurations/config_default"), configuration);
      await holds({});
      writeFileSync(file("configurations/config_default"), `[core]\naccount = ${configuration.toString()}`);
      await holds({ CLOUDSDK_ACTIVE_CONFIG_NAME: "default" });
    }),
    { numRuns: volume({ full: 300, share: 50 }) },
  );
  rmSync(file("active_config"));
});

test("any bytes as gcloud's stores", async () => {
  const names = ["credentials.db", "access_tokens.db"];
  await fc.assert(
    fc.asyncProperty(bytes, fc.boolean(), async (content, hasHeader) => {
      const whole = Buffer.concat([Buffer.from(hasHeader ? "SQLite format 3\0" : ""), content]);
      for (const name of names) writeFileSync(file(name), whole);
      await holds({ CLOUDSDK_CORE_ACCOUNT: "dev@example.com" });
    }),
    { numRuns: volume({ full: 200, share: 50 }) },
  );
  for (const name of names) rmSync(file(name));
});

test("any value in gcloud's stores", async () => {
  const { DatabaseSync } = loadSqlite();
  using credentials = new DatabaseSync(file("credentials.db"));
  using tokens = new DatabaseSync(file("access_tokens.db"));
  credentials.exec("CREATE TABLE credentials (account_id TEXT PRIMARY KEY, value BLOB)");
  tokens.exec("CREATE TABLE access_tokens (account_id TEXT PRIMARY KEY, access_token, token_expiry, id_token)");
  const account = "dev@example.com";
  const cell = fc.oneof(bytes, fc.constantFrom(null, 7, secret, `${secret}.${secret}.${secret}`), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.oneof(cell, contents), cell, cell, cell, async (value, access, expiry, id) => {
      credentials.prepare("INSERT OR REPLACE INTO credentials VALUES (?, ?)").run(account, value);
      tokens.prepare("INSERT OR REPLACE INTO access_tokens VALUES (?, ?, ?, ?)").run(account, access, expiry, id);
      await holds({ CLOUDSDK_CORE_ACCOUNT: account });
    }),
    { numRuns: volume({ full: 300, share: 50 }) },
  );
});

const external = {
  type: "external_account",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  service_account_impersonation_url:
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@p.iam.gserviceaccount.com:generateAccessToken",
};
const format = { type: "json", subject_token_field_name: "value" };

/** Texts that come near to a subject token in JSON, and any bytes. */
const subjects = fc.oneof(
  bytes,
  fc
    .constantFrom({ value: secret }, { value: [secret] }, { other: secret }, [secret])
    .map((value) => Buffer.from(JSON.stringify(value))),
);

test("any subject token in a file, as text and as JSON", async () => {
  const path = file("external.json");
  const subject = file("subject");
  await fc.assert(
    fc.asyncProperty(subjects, fc.boolean(), async (content, isJson) => {
      writeFileSync(subject, content);
      const source = isJson ? { file: subject, format } : { file: subject };
      writeFileSync(path, JSON.stringify({ ...external, credential_source: source }));
      await holds({ GOOGLE_APPLICATION_CREDENTIALS: path });
    }),
    { numRuns: volume({ full: 200, share: 50 }) },
  );
});

/** What an executable may print: near to its protocol, and any bytes. */
const printed = fc.oneof(
  bytes,
  fc
    .record({
      version: fc.constantFrom<unknown>(1, 1, secret),
      success: fc.constantFrom<unknown>(true, true, false, secret),
      token_type: fc.constantFrom<unknown>("urn:ietf:params:oauth:token-type:jwt", secret),
      id_token: fc.constantFrom<unknown>(secret, [secret]),
      code: fc.constantFrom<unknown>(`${secret} `, 7),
      message: fc.constant(secret),
      expiration_time: fc.constantFrom<unknown>(secret, 1, 1e12),
    })
    .map((value) => Buffer.from(JSON.stringify(value))),
);

test("anything that an executable prints", async () => {
  const path = file("external.json");
  const output = file("printed");
  writeFileSync(path, JSON.stringify({ ...external, credential_source: { executable: { command: `cat ${output}` } } }));
  const variables = { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1", PATH: process.env["PATH"] ?? "" };
  await fc.assert(
    fc.asyncProperty(printed, async (content) => {
      writeFileSync(output, content);
      await holds({ ...variables, GOOGLE_APPLICATION_CREDENTIALS: path });
    }),
    { numRuns: volume({ full: 40, share: 20 }) },
  );
});

/** Texts that come near to an ID token, none of them one that is still good. */
const nearlyTokens = fc
  .record(
    {
      iss: fc.constantFrom<unknown>("https://accounts.google.com", secret, 7),
      aud: fc.constantFrom<unknown>(secret, [secret], 7),
      exp: fc.constantFrom<unknown>(1, -1e300, secret),
      email: fc.constantFrom<unknown>(secret, 7),
    },
    { requiredKeys: ["exp"] },
  )
  .map((claims) =>
    Buffer.from(`${btoa('{"alg":"RS256"}')}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${secret}`),
  );

test("any file in the place of an ID token", async () => {
  const tokenFile = file("token");
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, nearlyTokens), async (content) => {
      writeFileSync(tokenFile, content);
      await holds({}, { tokenFile });
      await holds({ CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: tokenFile }, { credentials: "gcloud" });
    }),
    { numRuns: volume({ full: 300, share: 50 }) },
  );
});

test("anything that a metadata server answers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(bytes, nearlyTokens), fc.constantFrom(200, 403, 404, 500), async (content, status) => {
      const { context, said } = createContext({ METADATA_SERVER_DETECTION: "assume-present" });
      const answer = async (): Promise<Response> =>
        new Response(content, { status, headers: { "metadata-flavor": "Google" } });
      const credential = await resolveCredential({ ...context, fetch: answer }, { credentials: "metadata" });
      for (const ask of [
        async () => credential.accessToken(),
        async () => credential.askPrincipal?.(),
        async () =>
          getIdToken({ ...context, fetch: answer }, { credential, audience: "https://a.run.app", cache: false }),
      ]) {
        try {
          await ask();
        } catch (error) {
          assert.ok(error instanceof RunpassError, inspect(error));
          said.push(inspect(error, { depth: Infinity }));
        }
      }
      assert.ok(!said.join("\n").includes(secret), said.join("\n"));
    }),
    { numRuns: volume({ full: 200, share: 50 }) },
  );
});
