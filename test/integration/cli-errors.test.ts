import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandOptions } from "../support/command-line.ts";

type Row = readonly [line: string, exitCode: number, message: RegExp, options?: CommandOptions];

const rows: readonly Row[] = [
  // flags and words
  ["tokn", 2, /no command runpass tokn[^]*runpass token\?/],
  ["token --frmat json", 2, /--frmat[^]*--format/],
  ["token --format yaml", 2, /--format cannot be "yaml"/],
  ["token --verbosity loud", 2, /--verbosity/],
  ["token my-service", 2, /RUNPASS_FORMAT cannot be "x"/, { variables: { RUNPASS_FORMAT: "x" } }],
  ["grant my-service", 2, /RUNPASS_DRY_RUN is "perhaps"/, { variables: { RUNPASS_DRY_RUN: "perhaps" } }],
  // targets
  ["token My_Service --as invoker", 2, /is no target[^]*my-service/],
  ["token http://example.com --as invoker", 2, /in clear/],
  ["token my-service/path", 2, /a path makes no sense here/],
  ["token ftp://example.com", 2, /is no target/],
  ["token invoker@demo-project.iam.gserviceaccount.com", 2, /--as invoker@demo-project/],
  ["access", 2, /No TARGET/, { variables: { RUN_SERVICE: undefined, SERVICE_URL: undefined } }],
  ["token no-such-service --as invoker", 5, /no-such-service/],
  ["token my-servce --as invoker", 5, /Did you mean my-service\?/],
  ["token my-service@europe-west1 --as invoker", 5, /my-service@us-central1/],
  ["access no-such-service", 5, /no-such-service/],
  ["grant no-such-service", 5, /no-such-service/],
  // who
  ["token --audience https://example.com", 3, /audience[^]*--as/],
  ["token my-service --as dev@example.com", 2, /is no service account/],
  ["token my-service --as", 2, /--as has no account/, { variables: { SERVICE_ACCOUNT: undefined } }],
  ["token my-service --as nobody-here", 5, /nobody-here/],
  ["token my-service --account nobody@example.com", 3, /nobody@example\.com/],
  ["token my-service --configuration nothere", 2, /nothere/],
  ["token my-service --credentials /nonexistent/key.json", 3, /\/nonexistent\/key\.json/],
  [
    "whoami",
    3,
    /Log in: gcloud auth login/,
    {
      variables: {
        CLOUDSDK_CONFIG: "/nonexistent",
        RUNPASS_CREDENTIALS: undefined,
        GOOGLE_APPLICATION_CREDENTIALS: undefined,
      },
    },
  ],
  // policies
  ["grant my-service --to nobody", 2, /is no member/],
  ["grant my-service --to users:dev@example.com", 2, /is no member/],
  ["grant my-service --to user:ghost@example.com", 2, /ghost@example\.com/],
  ["grant my-service --role run.invoker", 2, /Did you mean roles\/run\.invoker\?/],
  ["grant my-service --as invoker --role roles/run.invoker", 2, /--role does not go with --as/],
  ["grant my-service --as a-delegate,invoker", 2, /not for a chain/],
  ["grant invoker@demo-project.iam.gserviceaccount.com --as invoker", 2, /--as does not go with/],
  ["grant ghost@demo-project.iam.gserviceaccount.com", 5, /ghost@demo-project/],
  // others
  ["emulator clock tomorrow", 2, /is no change of a clock/],
  ["emulator start --port 99999", 2, /is no port/],
  ["emulator start", 2, /running already/],
  ["completion bsh", 2, /Did you mean bash\?/],
  ["curl --as dev@example.com my-service", 125, /is no service account/],
  ["curl no-such-service", 125, /no-such-service/],
  ["curl --bad my-service", 125, /--bad/],
  ["emulator exec --metadata nobody -- true", 125, /no service account nobody@demo-project/],
  ["emulator exec -- /nonexistent/program", 125, /could not be started/],
];

test("whatever is wrong is said in one line, with how to go on and the right exit code, and changes nothing", async () => {
  await using line = await createCommandLine();
  for (const [text, exitCode, message, options] of rows) {
    const result = await line.runpass(text.split(" "), options);
    assert.equal(result.exitCode, exitCode, `${text}: ${result.stderr}`);
    assert.match(result.stderr, message, text);
    assert.match(result.stderr, /^error: .+\n(?: +why: .+\n)? +fix: .+\n$/m, text);
    assert.equal(result.stdout, "", text);
  }
  const policy = await line.runpass(["access", "my-service", "--format", "json"]);
  const { rows: who } = JSON.parse(policy.stdout) as { rows: { member: string; through: string }[] };
  assert.deepEqual(
    who.filter(({ through }) => through === "service"),
    [],
  );
});

test("with --format json an error is one JSON object on stderr", async () => {
  await using line = await createCommandLine();
  for (const [text, exitCode, , options] of rows) {
    if (text.includes("--format") || options?.variables?.["RUNPASS_FORMAT"] !== undefined) continue;
    const [command = "", ...rest] = text.split(" ");
    const argv =
      command === "curl" || text.startsWith("emulator exec")
        ? ["--format", "json", command, ...rest]
        : [command, ...rest, "--format", "json"];
    if (command === "completion") continue; // prints a script or nothing
    const { stderr } = await line.runpass(argv, options);
    const { error } = JSON.parse(stderr) as { error: Record<string, unknown> };
    assert.deepEqual(
      [typeof error["code"], typeof error["message"], error["exitCode"]],
      ["string", "string", exitCode],
      text,
    );
  }
});

test("a service in several regions is not guessed at", async () => {
  const world = {
    ...defaultWorld,
    services: [...defaultWorld.services, { name: "my-service", project: "demo-project", region: "europe-west1" }],
  };
  await using line = await createCommandLine(world);
  const everywhere = join(line.variables["CLOUDSDK_CONFIG"] ?? "", "configurations", "config_everywhere");
  await writeFile(everywhere, "[core]\naccount = dev@example.com\nproject = demo-project\n");
  const result = await line.runpass(["access", "my-service", "--configuration", "everywhere"]);
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /my-service@europe-west1, my-service@us-central1/);
  assert.equal(
    (await line.runpass(["access", "my-service@europe-west1", "--configuration", "everywhere"])).exitCode,
    0,
  );
});

test("Google out of reach is told from everything else", async () => {
  await using line = await createCommandLine();
  await line.emulator.close();
  const pauses: number[] = [];
  const pause = async (delayMs: number): Promise<void> => void pauses.push(delayMs);
  const result = await line.runpass(["token", "my-service"], { pause });
  assert.equal(result.exitCode, 6);
  assert.equal(pauses.length, 3, "it may come back");
});

test("a shell that has outlived its emulator is told so, not to log in", async () => {
  await using line = await createCommandLine();
  await rm(line.variables["RUNPASS_EMULATOR_STATE"]!);
  const result = await line.runpass(["whoami"]);
  assert.equal(result.exitCode, 5);
  assert.match(result.stderr, /has ended\n +fix: .*emulator env/);
});
