import assert from "node:assert/strict";
import test from "node:test";
import { decodeJwt } from "../../src/google/id-token.ts";
import { createCommandLine, frozenMs, statusOf } from "../support/command-line.ts";
import { goAsAccount, goAsYourself } from "../support/flows.ts";

const account = "invoker@demo-project.iam.gserviceaccount.com";

test("as yourself: refused with the reason, granted, called, revoked, refused", async () => {
  await using line = await createCommandLine();
  await goAsYourself(line);
});

test("as a service account: refused, both halves in one act, called, and yourself still refused", async () => {
  await using line = await createCommandLine();
  await goAsAccount(line);
});

test("`token` prints the token alone, or in the form that was asked for", async () => {
  await using line = await createCommandLine();
  const { runpass } = line;
  const plain = await runpass(["token", "my-service"]);
  assert.deepEqual([plain.exitCode, plain.stderr], [0, ""]);
  const token = plain.stdout.trim();
  assert.equal(decodeJwt(token)?.payload["email"], "dev@example.com");

  // From the cache, so the very same one
  assert.equal((await runpass(["token"])).stdout.trim(), token);
  assert.equal(
    (await runpass(["token", "my-service", "--format", "header"])).stdout,
    `Authorization: Bearer ${token}\n`,
  );
  const headers = await runpass(["token", "my-service", "--format", "headers-json"]);
  assert.deepEqual(JSON.parse(headers.stdout), { Authorization: `Bearer ${token}` });
  const json = JSON.parse((await runpass(["token", "my-service", "--format", "json"])).stdout) as Record<
    string,
    unknown
  >;
  assert.deepEqual(
    [json["token"], json["principal"], json["expiresAt"], json["source"]],
    [token, "dev@example.com", new Date(frozenMs + 3_600_000).toISOString(), "cache"],
  );
  const { stdout: decoded } = await runpass(["token", "my-service", "--format", "decoded"]);
  assert.match(decoded, /^header\n {2}alg {2}RS256\n/);
  assert.match(decoded, /\n {2}email +dev@example\.com\n/);
  assert.match(decoded, / issued now \(2026-11-23T12:00:00Z\)\n.* expires in 60 min \(2026-11-23T13:00:00Z\)\n/);
  for (const part of token.split(".")) assert.ok(!decoded.includes(part));
});

test("to a terminal `token` adds who, for whom and for how long", async () => {
  await using line = await createCommandLine();
  const { stdout, stderr } = await line.runpass(["token", "my-service"], {
    terminal: true,
    variables: { NO_COLOR: "1" },
  });
  assert.match(stdout, /^eyJ\S+\n$/);
  assert.match(stderr, /dev@example\.com · audience \S+ · expires in 60 min\n/);
  assert.ok(!stderr.includes("eyJ"));
  const json = await line.runpass(["token", "my-service", "--format", "json"], { terminal: true });
  assert.equal(json.stderr, "", "the data says it all");
});

test("on a terminal both halves are asked about, and a no writes nothing", async () => {
  await using line = await createCommandLine();
  const argv = ["grant", "my-service", "--as", "invoker"];
  const no = await line.runpass(argv, { terminal: true, stdin: "n\n" });
  assert.equal(no.exitCode, 0);
  assert.match(no.stderr, /Write both\? \[Y\/n\] /);
  assert.match(no.stderr, /Nothing was written/);
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "");
  const yes = await line.runpass(argv, { terminal: true, stdin: "\n" });
  assert.match(yes.stderr, /Written\./);
  assert.equal(await statusOf(line, "--as", "invoker", "my-service"), "200");
});

test("a token from the cache costs no request", async () => {
  await using line = await createCommandLine();
  const { runpass, emulator, variables } = line;
  await runpass(["grant", "my-service", "--as", "invoker"]);
  const first = await runpass(["token", "my-service", "--as", "invoker"]);
  assert.equal(first.exitCode, 0, first.stderr);
  await emulator.close();
  assert.equal((await runpass(["token", "my-service", "--as", "invoker"])).stdout, first.stdout);
  assert.ok(variables["RUNPASS_CACHE_DIR"]);
});

test("`whoami`, the overview and `access` say who, where and who else", async () => {
  await using line = await createCommandLine();
  const { runpass, emulator } = line;
  const whoami = await runpass(["whoami"]);
  for (const text of ["user:dev@example.com", "demo-project", "us-central1", `[emulator] ${emulator.url}`, "cannot"]) {
    assert.ok(whoami.stdout.includes(text), text);
  }
  const explained = await runpass(["whoami", "--explain", "--project", "other", "--as", "invoker", "--format", "json"]);
  const facts = JSON.parse(explained.stdout) as { actsAs: string[]; explained: { settings: object[] } };
  assert.deepEqual(facts.actsAs, ["invoker@other.iam.gserviceaccount.com"]);
  const [project, region] = facts.explained.settings;
  assert.deepEqual(project, { name: "project", value: "other", from: "--project" });
  assert.deepEqual(region, { name: "region", value: "us-central1", from: "gcloud configuration default" });

  const overview = await runpass([]);
  assert.equal(overview.stdout.trim().split("\n").length, 5);
  assert.match(overview.stdout, /dev@example\.com/);

  await runpass(["grant", "my-service", "--to", "group:team@example.com", "--quiet"]);
  await runpass(["grant", "my-service"]);
  const access = JSON.parse((await runpass(["access", "my-service", "--format", "json"])).stdout) as {
    rows: { member: string; role: string; through: string }[];
  };
  const rows = access.rows.map(({ member, role, through }) => `${member} ${role} ${through}`);
  assert.ok(rows.includes("user:dev@example.com roles/run.invoker service"));
  assert.ok(rows.includes("user:admin@example.com roles/owner project"));
  assert.match(
    (await runpass(["access", "my-service"])).stdout,
    /user:admin@example\.com +roles\/owner +project's policy/,
  );
});

test("--show-gcloud prints the lines that a command stands for, and does nothing", async () => {
  await using line = await createCommandLine();
  const { runpass } = line;
  const url =
    "\"$(gcloud run services describe my-service --region us-central1 --project demo-project --format 'value(status.url)')\"";
  const rows: readonly (readonly [string, string])[] = [
    ["token my-service", "gcloud auth print-identity-token"],
    [
      "token my-service --as invoker",
      `gcloud auth print-identity-token --impersonate-service-account ${account} --audiences ${url}`,
    ],
    [
      "curl --show-gcloud my-service/a?b=c -X POST",
      `curl ${url}'/a?b=c' -H "Authorization: Bearer $(gcloud auth print-identity-token)" -X POST`,
    ],
    [
      "grant my-service",
      'gcloud run services add-iam-policy-binding my-service --member "user:$(gcloud config get-value account)" --role roles/run.invoker --region us-central1 --project demo-project',
    ],
    [
      "revoke my-service --from allUsers",
      "gcloud run services remove-iam-policy-binding my-service --member allUsers --role roles/run.invoker --region us-central1 --project demo-project",
    ],
  ];
  for (const [text, expected] of rows) {
    const words = text.split(" ");
    const argv = words.includes("--show-gcloud") ? words : [...words, "--show-gcloud"];
    assert.deepEqual(await runpass(argv), { exitCode: 0, stdout: `${expected}\n`, stderr: "" });
  }
  assert.equal(await statusOf(line, "my-service"), "403");
});
