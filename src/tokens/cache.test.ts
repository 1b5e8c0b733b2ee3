import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs, {
  chownSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { systemClock } from "../core/clock.ts";
import { openTokenCache } from "./cache.ts";
import type { TokenCache } from "./cache.ts";

interface Setup {
  readonly cache: TokenCache;
  /** The file of the key `k`. */
  readonly file: string;
  readonly directory: string;
  readonly warnings: string[];
}

function setUp(t: TestContext): Setup {
  const homeDir = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(homeDir, { recursive: true }));
  const warnings: string[] = [];
  const cache = openTokenCache({
    environment: { variables: {}, homeDir, platform: "linux" },
    clock: systemClock,
    fetch: () => Promise.reject(new Error("no request is to be made")),
    log: { debug: () => {}, info: () => {}, warn: (message) => warnings.push(message) },
  });
  const directory = join(homeDir, ".cache", "runpass", "id-tokens");
  cache.write("k", "token");
  assert.equal(cache.read("k"), "token");
  return { cache, file: join(directory, "k.json"), directory, warnings };
}

const isRoot = process.getuid?.() === 0;

test("a file of another user's is not read", { skip: !isRoot && "only root can make one" }, (t) => {
  const { cache, file } = setUp(t);
  chownSync(file, 12_345, 12_345);
  assert.equal(cache.read("k"), undefined);
  cache.write("k", "ours");
  assert.equal(cache.read("k"), "ours");
});

test("neither a link nor a pipe nor a huge file is read, and each is written over", (t) => {
  const { cache, file, warnings } = setUp(t);
  const elsewhere = `${file}.elsewhere`;
  const planted: readonly (() => void)[] = [
    () => {
      renameSync(file, elsewhere);
      symlinkSync(elsewhere, file);
    },
    () => {
      rmSync(file);
      execFileSync("mkfifo", [file]);
    },
    () => writeFileSync(file, JSON.stringify({ token: "x".repeat(200_000) })),
  ];
  for (const plant of planted) {
    plant();
    assert.equal(cache.read("k"), undefined);
    cache.write("k", "again");
    assert.equal(cache.read("k"), "again");
  }
  assert.equal(readFileSync(elsewhere, "utf8"), '{"token":"token"}', "what a link led to is left alone");
  assert.deepEqual(warnings, []);
});

test("when the disk is full, what was there stays whole, nothing is left behind, and one warning is given", (t) => {
  const { cache, directory, warnings } = setUp(t);
  const full = t.mock.method(fs, "writeFileSync", (file: string) => {
    fs.closeSync(fs.openSync(file, "wx")); // the name still has its place
    throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  });
  syncBuiltinESMExports();
  t.after(() => {
    full.mock.restore();
    syncBuiltinESMExports();
  });
  cache.write("k", "new");
  cache.write("other", "new");
  assert.deepEqual([cache.read("k"), cache.read("other")], ["token", undefined]);
  assert.deepEqual(readdirSync(directory), ["k.json"]);
  assert.deepEqual(warnings, [`Tokens cannot be kept in ${directory} (ENOSPC); going on without`]);
});
