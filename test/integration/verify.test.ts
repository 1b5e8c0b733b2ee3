import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";

async function tokenOf({ runpass }: CommandLine, ...argv: string[]): Promise<string> {
  const { stdout, stderr } = await runpass(["token", ...argv]);
  assert.match(stdout, /^eyJ/, stderr);
  return stdout;
}

test("`verify` takes what a service would take, and says for how long", async () => {
  await using line = await createCommandLine({
    ...defaultWorld,
    services: defaultWorld.services.map((service) => ({ ...service, customAudiences: ["my-audience"] })),
  });
  const { runpass, emulator } = line;
  await runpass(["grant", "my-service", "--as", "invoker"]);
  const user = await tokenOf(line);
  const account = await tokenOf(line, "my-service", "--as", "invoker");
  const custom = await tokenOf(line, "--as", "invoker", "--audience", "my-audience");

  const good = await runpass(["verify", "my-service"], { stdin: account });
  assert.deepEqual([good.exitCode, good.stderr], [0, ""]);
  assert.match(
    good.stdout,
    /^good +expires in 60 min\nsigned by +\[emulator\] http\S+\naudience +right for my-service\n/,
  );
  assert.match(good.stdout, /\n {2}iat +\d+ +issued now \(2026-11-23T12:00:00Z\)\n/);
  for (const part of account.trim().split(".")) assert.ok(!good.stdout.includes(part));

  const url = emulator.serviceUrl("my-service");
  for (const [token, ...target] of [
    [user, "my-service"],
    [custom, "my-service"],
    [account, url],
    [custom, "--audience", "my-audience"],
    [`Authorization: Bearer ${account}`],
  ]) {
    const result = await runpass(["verify", ...target], { stdin: token! });
    assert.deepEqual([result.exitCode, result.stderr], [0, ""], target.join(" "));
  }
  const anywhere = await runpass(["verify"], { stdin: custom, variables: { RUN_SERVICE: "", SERVICE_URL: "" } });
  assert.match(anywhere.stdout, /audience +not checked/);
  const json = JSON.parse((await runpass(["verify", "--format", "json"], { stdin: account })).stdout);
  assert.deepEqual([json.valid, json.keys, json.audienceChecked, json.claims.aud], [true, "emulator", true, url]);
});

test("`verify` ends by what it finds: 7 for another audience, 3 for what nobody should take", async () => {
  await using line = await createCommandLine();
  const { runpass, variables } = line;
  await runpass(["grant", "my-service", "--as", "invoker"]);
  const other = await tokenOf(line, "--as", "invoker", "--audience", "https://example.com");

  const refused = await runpass(["verify", "my-service"], { stdin: other });
  assert.deepEqual([refused.exitCode, refused.stdout], [7, ""]);
  assert.match(refused.stderr, /is for "https:\/\/example\.com", not for .*\n.*why:.*\n.*fix:/);

  const file = join(variables["CLOUDSDK_CONFIG"]!, "token");
  writeFileSync(file, other.replace(/.{20}\n$/, "AAAAAAAAAAAAAAAAAAAA\n"));
  const forged = await runpass(["verify", "--token-file", file, "--format", "json"]);
  assert.deepEqual([forged.exitCode, forged.stdout], [3, ""]);
  assert.equal(JSON.parse(forged.stderr).error.code, "token_untrusted");
});

test("a token as an argument is refused with the reason, and is not repeated", async () => {
  await using line = await createCommandLine();
  const token = (await tokenOf(line)).trim();
  for (const argv of [
    [token],
    ["--audience", token],
    ["--token-file", token],
    [`--token-file=${token}`],
    [`Bearer ${token}`],
    ["ya29.a0AfH6SMBx-access"],
  ]) {
    const { exitCode, stdout, stderr } = await line.runpass(["verify", ...argv], { stdin: token });
    assert.deepEqual([exitCode, stdout], [2, ""]);
    assert.match(stderr, /not taken as an argument\n.*why: every program on this machine/);
    assert.ok(!stderr.includes(token.slice(0, 20)) && !stderr.includes("ya29"));
  }
  const twice = await line.runpass(["verify", "my-service", token], { stdin: token });
  assert.equal(twice.exitCode, 2);
  assert.ok(!twice.stderr.includes(token.slice(0, 20)));
});

test("without a token `verify` says how to give one", async () => {
  await using line = await createCommandLine();
  const { exitCode, stderr } = await line.runpass(["verify"], { terminal: true });
  assert.equal(exitCode, 2);
  assert.match(stderr, /runpass token \| runpass verify/);
  const missing = await line.runpass(["verify", "--token-file", "/nonexistent"]);
  assert.match(missing.stderr, /\/nonexistent cannot be read\n.*no such file/);
  assert.equal((await line.runpass(["verify"], { stdin: "" })).exitCode, 3);
});
