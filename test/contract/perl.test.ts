import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { missingCommand, run, startSubject } from "./fixture.ts";

const hasLwp = !missingCommand("perl") && spawnSync("perl", ["-MLWP::Protocol::https", "-e", "1"]).status === 0;
const skip = hasLwp ? false : "no perl with LWP and its https";

test("Perl's LWP meets a private service by the environment alone", { skip }, async () => {
  await using subject = await startSubject();
  const script = "print LWP::UserAgent->new(env_proxy => 1)->get($ENV{SERVICE_URL})->code";
  const { stdout, stderr } = await run(subject, "perl", ["-MLWP::UserAgent", "-e", script]);
  assert.equal(stdout, "403", stderr);
});
