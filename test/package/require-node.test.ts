import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "..", "..");

for (const [version, tooOld] of [
  ["4.9.1", true],
  ["20.20.2", true],
  ["22.9.0", true],
  ["22.18.1", true],
  ["22.19.0", false],
  ["24.0.0", false],
] as const) {
  test(`npm's scripts ${tooOld ? "stop with one line on" : "run on"} Node.js ${version}`, () => {
    const { status, stderr } = spawnAs(version, `require(${JSON.stringify(`${root}/scripts/require-node.cjs`)})`);
    assert.equal(status, tooOld ? 1 : 0);
    assert.match(stderr, tooOld ? /^runpass needs Node\.js 22\.19\.0 or newer; this is [^\n]*\n$/ : /^$/);
  });
}

test("the published command stops with one line on Node.js 20", () => {
  const { status, stderr } = spawnAs("20.20.2", `import(${JSON.stringify(`${root}/dist/runpass.js`)})`);
  assert.equal(status, 1);
  assert.match(stderr, /^runpass needs Node\.js 22\.19 or newer; this is 20\.20\.2\n$/);
});

/** Runs JavaScript in a Node.js that takes itself for another version. */
function spawnAs(version: string, source: string): { status: number | null; stderr: string } {
  const pretend = `Object.defineProperty(process.versions, "node", { value: ${JSON.stringify(version)} });`;
  return spawnSync(process.execPath, ["-e", `${pretend} ${source}`], { encoding: "utf8" });
}
