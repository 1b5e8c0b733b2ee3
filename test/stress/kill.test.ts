import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "../../src/emulator/state/open-store.ts";
import type { Kind } from "../../src/emulator/state/store.ts";
import { volume } from "../support/volume.ts";

const kills = volume({ full: 200, share: 16 });

/** What the process to be killed counts with; both entries always hold the same. */
const countKind: Kind<{ readonly count: number }> = { name: "counts" };

/**
 * The process to be killed: it writes pairs of equal numbers to the store of a directory, and says each number once its writes
 * are acknowledged. It is what `npm run build` made: that starts in half the time.
 */
const keeper = `
  import { openStore } from ${JSON.stringify(new URL("../../dist/lib/emulator/state/open-store.js", import.meta.url).href)};
  const store = openStore(process.argv[1]);
  const counts = { name: ${JSON.stringify(countKind.name)} };
  for (let count = (store.get(counts, "left")?.value.count ?? 0) + 1; ; count += 1) {
    const value = { count, ballast: "x".repeat((count * 7919) % 3000) };
    void store.put(counts, "left", value);
    await store.put(counts, "right", value);
    process.stdout.write(count + "\\n");
  }`;

/** Lets a process write to a directory, kills it at a random moment, and returns the last number that it acknowledged. */
async function writeUntilKilled(directory: string): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "--no-warnings", "-e", keeper, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const killAt = Math.max(0, Math.floor(Math.random() * 8) - 2);
  let said = "";
  let lines = 0;
  // Some before they have opened anything, the others in the middle of whatever comes after that line.
  if (killAt === 0) child.once("spawn", () => setTimeout(() => child.kill("SIGKILL"), Math.random() * 80));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    lines += text.split("\n").length - 1;
    if (killAt > 0 && lines >= killAt) child.kill("SIGKILL");
  });
  const [, signal] = (await once(child, "close")) as [number | null, string | null];
  assert.equal(signal, "SIGKILL", "it ended by itself");
  return Number(said.split("\n").at(-2) ?? 0);
}

test(`after each of ${kills} kills at random moments the state is whole, and nothing acknowledged is lost`, async () => {
  const root = await mkdtemp(join(tmpdir(), "runpass-kill-"));
  let acknowledged = 0;
  const directories = ["a", "b", "c", "d"];
  async function lane(directory: string): Promise<void> {
    let last = 0;
    for (let round = 0; round < kills / directories.length; round += 1) {
      last = Math.max(last, await writeUntilKilled(directory));
      const store = openStore(directory);
      const [left, right] = ["left", "right"].map((key) => store.get(countKind, key)?.value);
      await store.close();
      assert.deepEqual(left, right, "both halves of a turn, or none");
      assert.ok((left?.count ?? 0) >= last, `${last} was acknowledged, ${left?.count} is there`);
    }
    acknowledged += last;
  }
  try {
    await Promise.all(directories.map((name) => lane(join(root, name))));
  } finally {
    await rm(root, { recursive: true });
  }
  assert.ok(acknowledged > kills, `only ${acknowledged} writes were tried`);
});
