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
import { getIdToken } from "../../src/tokens/id-tokens.ts";

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
async function holds(variables: Record<string, string>): Promise<void> {
  const { context, said } = createContext(variables);
  try {
    const credential = await resolveCredential(context);
    const audience = credential.canChooseAudience ? "https://a.run.app" : undefined;
    await getIdToken(context, { credential, audience, cache: false });
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
      type: fc.constantFrom("authorized_user", "authorized_user", "service_account", "external_account", secret, 7),
      client_id: fc.constantFrom("client.apps.example.com", "", 7),
      client_secret: fc.constantFrom(secret, `${secret}\r\nx: y`, ["x"]),
      refresh_token: fc.constantFrom(secret, `${secret}&a=b %`, {}),
      client_email: fc.constantFrom("robot@p.iam.gserviceaccount.com", secret, null),
      private_key: fc.constantFrom(secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`, 0),
      token_uri: fc.constantFrom("https://oauth2.googleapis.com/token", `http://example.com/${secret}`, secret, 7),
      universe_domain: fc.constantFrom("googleapis.com", secret),
      account: fc.constantFrom("dev@example.com", secret, ""),
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
    { numRuns: 500 },
  );
});

test("any file of Application Default Credentials", async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (content) => {
      writeFileSync(file("application_default_credentials.json"), content);
      await holds({ CLOUDSDK_CORE_ACCOUNT: "dev@example.com" });
    }),
    { numRuns: 300 },
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
    { numRuns: 300 },
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
    { numRuns: 200 },
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
    { numRuns: 300 },
  );
});
