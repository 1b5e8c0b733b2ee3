import assert from "node:assert/strict";
import { statusOf } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";

// Both flows by the command line, from beginning to end, in whatever world.

const account = "invoker@demo-project.iam.gserviceaccount.com";

/** Refused with the reason, granted, called, revoked, refused. */
export async function goAsYourself(line: CommandLine): Promise<void> {
  const { runpass, emulator } = line;
  const url = emulator.serviceUrl("my-service");

  const refused = await runpass(["curl", "my-service", "-s"]);
  assert.equal(refused.exitCode, 0);
  assert.match(refused.stdout, /403 Forbidden/);
  assert.match(refused.stderr, /run\.routes\.invoke/);
  assert.match(refused.stderr, /runpass grant my-service/);

  const dry = await runpass(["grant", "my-service", "--dry-run"]);
  assert.deepEqual(
    [dry.exitCode, dry.stdout],
    [0, "service my-service:\n  + roles/run.invoker  user:dev@example.com\n"],
  );
  assert.equal(await statusOf(line, "my-service"), "403");

  const granted = await runpass(["grant", "my-service"]);
  assert.deepEqual([granted.exitCode, granted.stdout], [0, dry.stdout]);
  assert.match(granted.stderr, /\[emulator\] project demo-project/);

  const again = await runpass(["grant", "my-service"]);
  assert.deepEqual([again.exitCode, again.stdout], [0, ""]);
  assert.match(again.stderr, /needs nothing more/);

  assert.equal(await statusOf(line, "my-service/path?q=1"), "200");
  assert.equal(await statusOf(line, "my-service@us-central1"), "200");
  assert.equal(await statusOf(line, `${url}/path?q=1`), "200");
  const { stdout: echoed } = await runpass(["curl", "my-service/a%20b?c=1", "-s", "-X", "POST", "-d", "@-"], {
    stdin: "body",
  });
  const echo = JSON.parse(echoed) as { method: string; url: string; body: string };
  assert.deepEqual([echo.method, echo.url, echo.body], ["POST", "/a%20b?c=1", "body"]);

  const revoked = await runpass(["revoke", "my-service"]);
  assert.deepEqual(
    [revoked.exitCode, revoked.stdout],
    [0, "service my-service:\n  - roles/run.invoker  user:dev@example.com\n"],
  );
  assert.equal(await statusOf(line, "my-service"), "403");
  assert.equal((await runpass(["revoke", "my-service"])).exitCode, 0);
}

/** Refused, both halves in one act, called, and yourself still refused. */
export async function goAsAccount(line: CommandLine): Promise<void> {
  const { runpass } = line;

  const refused = await runpass(["token", "my-service", "--as", account]);
  assert.deepEqual([refused.exitCode, refused.stdout], [4, ""]);
  assert.match(refused.stderr, /fix:/);

  const granted = await runpass(["grant", "my-service", "--as", "invoker"]);
  assert.equal(granted.exitCode, 0, granted.stderr);
  assert.equal(
    granted.stdout,
    `service my-service:\n  + roles/run.invoker  serviceAccount:${account}\n` +
      `service account ${account}:\n  + roles/iam.serviceAccountOpenIdTokenCreator  user:dev@example.com\n`,
  );

  for (const as of [[`--as=${account}`], ["--as", "invoker"], ["--impersonate-service-account", "invoker"]]) {
    assert.equal(await statusOf(line, ...as, "my-service"), "200");
  }
  assert.equal(await statusOf(line, "my-service"), "403");
  const bare = await runpass(["curl", "--as", "--", "my-service", "-s", "-o", "/dev/null", "-w", "%{http_code}"]);
  assert.equal(bare.stdout, "200");
  assert.equal(await statusOf(line, "--as", "invoker", "--audience", "https://example.com", "my-service"), "401");

  const revoked = await runpass(["revoke", "my-service", "--as", "invoker", "--format", "json"]);
  assert.equal(revoked.exitCode, 0, revoked.stderr);
  assert.equal((await runpass(["token", "my-service", "--as", "invoker", "--no-cache"])).exitCode, 4);
}
