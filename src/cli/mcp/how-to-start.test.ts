import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { howToStart } from "./how-to-start.ts";

test("a client's file says what will start runpass another day, too", async (t) => {
  const home = await mkdtemp(join(tmpdir(), "runpass-start-"));
  t.after(() => rm(home, { recursive: true }));
  const installed = await folderWithRunpass(join(home, "bin"));
  const ofProject = await folderWithRunpass(join(home, "project/node_modules/.bin"));
  const ofNpx = await folderWithRunpass(join(home, ".npm/_npx/0123abcd/node_modules/.bin"));
  const start = (script: string, path: readonly string[], isShared: boolean): string => {
    const environment = { variables: { PATH: path.join(delimiter) }, homeDir: home, platform: process.platform };
    return howToStart({ self: ["/opt/node", script], environment }, isShared).join(" ");
  };
  const script = "/opt/runpass/dist/runpass.js";
  assert.equal(start(script, [installed], true), "runpass");
  assert.equal(start(script, [installed], false), `/opt/node ${script}`);
  assert.equal(start(script, [ofProject, ""], true), `/opt/node ${script}`);
  const dependency = resolve("node_modules/.bin/runpass");
  assert.equal(start(dependency, [dirname(dependency)], true), "npx --no runpass");
  assert.equal(start(dependency, [dirname(dependency)], false), `/opt/node ${dependency}`);
  for (const isShared of [true, false]) {
    assert.equal(start(join(ofNpx, "runpass"), [ofNpx], isShared), "npx -y runpass");
  }
  assert.equal(start(join(ofNpx, "runpass"), [ofNpx, installed], true), "runpass");
});

async function folderWithRunpass(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "runpass");
  await writeFile(file, "#!/bin/sh\n");
  await chmod(file, 0o755);
  return folder;
}
