import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createCommandLine, frozenMs } from "../support/command-line.ts";
import { unsignedToken } from "../support/google-stub.ts";
import { publishedCommand } from "../support/published-command.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";

interface Explained {
  readonly member: string | null;
  readonly actsAs: readonly string[] | null;
  readonly kind: string;
  readonly givesIdToken: boolean;
  readonly explained: {
    readonly settings: readonly { name: string; value: string | null; from: string }[];
    readonly credentials: readonly { source: string; outcome: string; reason: string }[];
    readonly abilities: readonly { what: string; answer: string; reason: string }[];
  };
}

test("`whoami --explain` tells every source in order, every setting's origin, and what the identity can do", async () => {
  await using line = await createCommandLine();
  const explain = async (
    argv: readonly string[],
    variables: Record<string, string | undefined>,
  ): Promise<Explained> => {
    const { stdout, stderr } = await line.runpass(["whoami", "--explain", "--format", "json", ...argv], { variables });
    assert.doesNotMatch(stderr, /^error/m);
    return JSON.parse(stdout) as Explained;
  };
  const first = { RUNPASS_CREDENTIALS: undefined, GOOGLE_APPLICATION_CREDENTIALS: undefined };
  const facts = await explain(["--region", "europe-west1"], { ...first, CLOUDSDK_CORE_PROJECT: "other-project" });
  assert.deepEqual(
    facts.explained.credentials.map(({ outcome, reason }) => [outcome, reason]),
    [
      ["absent", "not set"],
      ["absent", "none"], // no login of runpass's own
      ["taken", "gcloud's account dev@example.com"],
      ["not_reached", "another came first"],
      ["not_reached", "another came first"],
    ],
  );
  const origins = Object.fromEntries(facts.explained.settings.map(({ name, value, from }) => [name, [value, from]]));
  assert.deepEqual(origins["project"], ["other-project", "CLOUDSDK_CORE_PROJECT"]);
  assert.deepEqual(origins["region"], ["europe-west1", "--region"]);
  assert.deepEqual(origins["account"], ["dev@example.com", "gcloud configuration default"]);
  assert.deepEqual(origins["credentials"], [null, "nowhere"]);
  const can = ({ explained }: Explained): string[] =>
    explained.abilities.map(({ what, answer }) => `${what}: ${answer}`);
  assert.deepEqual(can(facts), [
    "choose an audience: no",
    "carry an e-mail: yes",
    "impersonate: yes",
    "call Google's APIs: yes",
  ]);
  assert.deepEqual(can(await explain(["--as", "invoker"], first)).slice(0, 2), [
    "choose an audience: yes",
    "carry an e-mail: on request",
  ]);
  const asked = await explain(["--credentials", "adc"], {});
  assert.ok(asked.explained.credentials.some(({ reason }) => reason === "another was asked for"));
  const { stdout } = await line.runpass(["whoami", "--explain"]);
  for (const text of [
    /^settings$/m,
    /^ {2}project +demo-project +from gcloud configuration default$/m,
    /not looked at/,
  ]) {
    assert.match(stdout, text);
  }
});

test("gcloud's own property impersonates as --as does, is shown, and gives nobody a role unasked", async () => {
  await using line = await createCommandLine();
  const { runpass } = line;
  const variables = { CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: invoker };
  await runpass(["grant", "my-service", "--as", "invoker", "--quiet"]);
  const token = await runpass(["token", "my-service", "--format", "json"], { variables });
  assert.match((JSON.parse(token.stdout) as { audience: string }).audience, /\.run\.app$/);
  assert.match((await runpass(["whoami"], { variables })).stdout, /acts as +invoker@\S+ \(gcloud's auth\/impersonate/);
  const explained = await runpass(["whoami", "--explain", "--format", "json"], { variables });
  const { actsAs, explained: how } = JSON.parse(explained.stdout) as Explained;
  assert.deepEqual(actsAs, [invoker]);
  const setting = how.settings.find(({ name }) => name === "impersonate-service-account");
  assert.equal(setting?.from, "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT");
  // The property is gcloud's: somebody who comes from elsewhere does not act by it.
  const elsewhere = await runpass(["whoami", "--credentials", "adc", "--format", "json"], { variables });
  assert.equal((JSON.parse(elsewhere.stdout) as Explained).actsAs, null);
  const { stdout } = await runpass(["grant", "my-service", "--dry-run", "--format", "json"], { variables });
  assert.match(stdout, /user:dev@example\.com/);
  assert.doesNotMatch(stdout, /serviceAccount:invoker/);
});

test("a token that is there already calls by URL, from a file, from standard input, and is kept nowhere", async () => {
  await using line = await createCommandLine();
  const { runpass, variables, emulator } = line;
  const url = emulator.serviceUrl("my-service");
  await runpass(["grant", "my-service", "--as", "invoker", "--quiet"]);
  const token = (await runpass(["token", "my-service", "--as", "invoker", "--no-cache"])).stdout.trim();
  const directory = mkdtempSync(join(tmpdir(), "runpass-"));
  try {
    const file = join(directory, "token");
    writeFileSync(file, `${token}\n`);
    assert.equal((await runpass(["token", url, "--token-file", file])).stdout.trim(), token);
    assert.equal((await runpass(["token", "--token-file", "-"], { stdin: token })).stdout.trim(), token);
    const called = await runpass(["curl", "--token-file", file, url, "-sS", "-o", "/dev/null", "-w", "%{http_code}"]);
    assert.equal(called.exitCode, 0, called.stderr);
    const other = await runpass(["token", "https://other-1.us-central1.run.app", "--token-file", file]);
    assert.deepEqual([other.exitCode, /is for https:.*, not for https:/.test(other.stderr)], [3, true], other.stderr);
    const named = await runpass(["curl", "--token-file", file, "my-service"]);
    assert.match(named.stderr, /opens no API of Google's[^]*fix: Name the service by its URL/);
    const impersonated = await runpass(["token", url, "--token-file", file, "--as", "invoker"]);
    assert.deepEqual([impersonated.exitCode, /opens no API/.test(impersonated.stderr)], [3, true]);
    writeFileSync(file, unsignedToken({ iss: "https://accounts.google.com", aud: url, exp: frozenMs / 1000 - 1 }));
    const late = await runpass(["token", url, "--token-file", file, "--format", "json"]);
    assert.deepEqual(
      [late.exitCode, (JSON.parse(late.stderr) as { error: { code: string } }).error.code],
      [3, "token_expired"],
    );
    assert.equal((await runpass(["token", "--token-file", file, "--show-gcloud"])).stdout, `cat ${file}\n`);
  } finally {
    rmSync(directory, { recursive: true });
  }
  assert.ok(variables["RUNPASS_CACHE_DIR"]);
});

test("a token comes by a descriptor that was inherited, whether it is a pipe or a socket", async () => {
  await using line = await createCommandLine();
  const claims = { iss: "https://accounts.google.com", aud: "https://a.run.app", exp: Date.now() / 1000 + 600 };
  const token = unsignedToken(claims);
  const argv = [publishedCommand, "token", "--token-file", "/dev/fd/3"];
  const child = spawn(process.execPath, argv, {
    env: { ...line.variables, RUN_SERVICE: undefined, SERVICE_URL: undefined },
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  (child.stdio[3] as NodeJS.WritableStream).end(token);
  let stdout = "";
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) stdout += chunk.toString();
  assert.equal(stdout.trim(), token);
});

test("on a machine of Google Cloud the metadata server's account is who one is, in one request a token", async () => {
  await using line = await createCommandLine();
  const { runpass, emulator } = line;
  await runpass(["grant", "my-service", "--to", `serviceAccount:${invoker}`, "--quiet"]);
  await using server = await emulator.startMetadataServer({ account: "invoker" });
  const { variables } = server;
  const whoami = await runpass(["whoami", "--format", "json"], { variables });
  assert.equal((JSON.parse(whoami.stdout) as Explained).member, `serviceAccount:${invoker}`, whoami.stderr);
  const url = emulator.serviceUrl("my-service");
  const called = await runpass(["curl", url, "-sS", "-o", "/dev/null", "--fail"], { variables });
  assert.equal(called.exitCode, 0, called.stderr);
  assert.equal(emulator.trace().at(-1)?.principal, `serviceAccount:${invoker}`);
});
