import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { startProgram } from "../support/program.ts";
import { callableWorld } from "../support/proxy.ts";
import { residentMib } from "../support/resident-memory.ts";

const mostMib = 80;

test(`an idle proxy that has made its token and served holds ${mostMib} MiB at most`, async (t) => {
  if (residentMib(process.pid) === undefined) return t.skip("the system does not tell what a process holds");
  await using emulator = await createEmulator(callableWorld());
  const variables = { ...process.env, ...(await emulator.prepareEnvironment()) };
  const words = ["proxy", "my-service", "--as", "invoker", "--port", "0", "--format", "json"];
  const { child, line } = startProgram(t, words, { variables });
  const { doors } = await line("ready");
  assert.equal((await fetch(doors[0]?.url ?? "")).status, 200);
  assert.equal((await line("token")).source, "minted");
  const held = residentMib(child.pid ?? 0) ?? Number.NaN;
  assert(held <= mostMib, `${Math.round(held)} MiB`);
});
