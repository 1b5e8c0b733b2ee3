import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { Environment } from "../core/environment.ts";
import { readStateFile, removeStateFile, stateFilePath, writeStateFile } from "./state-file.ts";

const state = { url: "http://127.0.0.1:9470", pid: process.pid, adminSecret: "s3cret" };

async function temporaryPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-state-"));
  t.after(() => rm(directory, { recursive: true }));
  return join(directory, "runpass", "emulator.json");
}

function environment(variables: Record<string, string>): Environment {
  return { variables, homeDir: "/home/me", platform: "linux" };
}

test("the state file is where the environment says, first match wins", () => {
  const rows: [Record<string, string>, string][] = [
    [{ RUNPASS_EMULATOR_STATE: "/x.json", XDG_RUNTIME_DIR: "/run/me" }, "/x.json"],
    [{ XDG_RUNTIME_DIR: "/run/me", XDG_STATE_HOME: "/state" }, "/run/me/runpass/emulator.json"],
    [{ XDG_RUNTIME_DIR: "", XDG_STATE_HOME: "/state" }, "/state/runpass/emulator.json"],
    [{}, "/home/me/.local/state/runpass/emulator.json"],
  ];
  for (const [variables, path] of rows) assert.equal(stateFilePath(environment(variables)), path);
});

test("a state file comes back as written, for this user alone, and nothing else is left", async (t) => {
  const path = await temporaryPath(t);
  await writeStateFile(path, state);
  assert.deepEqual(await readStateFile(path), state);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(path))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(dirname(path)), ["emulator.json"]);
});

test("no file, a broken file and an ended process each say that no emulator runs, and how to start one", async (t) => {
  const path = await temporaryPath(t);
  const expectation = (why: RegExp) => (error: Error & { code?: string; why?: string; fix?: string }) => {
    assert.equal(error.code, "emulator_not_running");
    assert.match(error.why ?? "", why);
    assert.match(error.fix ?? "", /runpass emulator start/);
    return true;
  };
  await assert.rejects(readStateFile(path), expectation(/no state file/));
  await writeStateFile(path, state);
  for (const broken of ["", "{", "[]", "{}", '{"url":"http://evil.example","pid":1,"adminSecret":"x"}']) {
    await writeFile(path, broken);
    await assert.rejects(readStateFile(path), expectation(/broken/));
  }
  await writeStateFile(path, { ...state, pid: 2 ** 30 });
  await assert.rejects(readStateFile(path), expectation(/has ended/));
});

test("removing leaves the file of an emulator that started since", async (t) => {
  const path = await temporaryPath(t);
  await writeStateFile(path, { ...state, adminSecret: "newer" });
  await removeStateFile(path, state);
  assert.equal((await readStateFile(path)).adminSecret, "newer");
  await removeStateFile(path, { ...state, adminSecret: "newer" });
  await assert.rejects(readStateFile(path));
  await removeStateFile(path, state);
});
