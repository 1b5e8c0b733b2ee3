import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadSqlite } from "../../core/sqlite.ts";
import { openStore } from "./open-store.ts";
import type { Kind, Store } from "./store.ts";

const thingKind: Kind<{ readonly size: number; readonly note?: string }> = { name: "things" };

interface DataDir extends Disposable {
  readonly directory: string;
  readonly path: string;
  open(): Store;
}

function makeDataDir(): DataDir {
  const root = mkdtempSync(join(tmpdir(), "runpass-store-"));
  const directory = join(root, "data");
  return {
    directory,
    path: join(directory, "state.db"),
    open: () => openStore(directory),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

/** A database with one entry. */
async function fill({ open }: DataDir, note = ""): Promise<void> {
  const store = open();
  await store.put(thingKind, "one", { size: 1, note });
  await store.close();
}

test("a store with a directory gives back what it was given, in the order of first writes, with the same etags", async () => {
  using data = makeDataDir();
  const first = data.open();
  await first.put(thingKind, "b", { size: 1 });
  await first.put(thingKind, "a", { size: 2 });
  await first.put(thingKind, "gone", { size: 3 });
  await first.put(thingKind, "b", { size: 4 });
  await first.delete(thingKind, "gone");
  const before = first.all();
  await first.close();
  const second = data.open();
  assert.deepEqual(second.all(), before);
  assert.deepEqual(second.entries(thingKind), [
    ["b", { size: 4 }],
    ["a", { size: 2 }],
  ]);
  const etag = second.get(thingKind, "a")?.etag;
  assert.equal(await second.put(thingKind, "a", { size: 5 }, "AAAAAAAAAAA="), undefined);
  assert.ok(await second.put(thingKind, "a", { size: 5 }, etag));
  await second.close();
});

test("its files are for this user alone", async () => {
  using data = makeDataDir();
  await fill(data);
  const store = data.open();
  await store.put(thingKind, "two", { size: 2 });
  for (const name of readdirSync(data.directory)) {
    assert.equal(statSync(join(data.directory, name)).mode & 0o777, 0o600, name);
  }
  assert.equal(statSync(data.directory).mode & 0o777, 0o700);
  await store.close();
});

test("a directory in use is refused, and free again when its store is closed", async () => {
  using data = makeDataDir();
  const store = data.open();
  assert.throws(data.open, { code: "state_unusable", why: /in use by another emulator/ });
  await store.close();
  await data.open().close();
});

test("a database of a newer version is refused and left as it is", async () => {
  using data = makeDataDir();
  await fill(data);
  const database = new (loadSqlite().DatabaseSync)(data.path);
  database.exec("PRAGMA user_version = 1000");
  database.close();
  const before = readFileSync(data.path);
  assert.throws(data.open, { code: "state_unusable", why: /newer version/ });
  assert.ok(readFileSync(data.path).equals(before));
});

test("a database of another program is refused and left as it is", async () => {
  using data = makeDataDir();
  await fill(data);
  rmSync(data.path);
  const database = new (loadSqlite().DatabaseSync)(data.path);
  database.exec("CREATE TABLE books (title TEXT)");
  database.close();
  assert.throws(data.open, { code: "state_unusable", why: /another program/ });
  assert.deepEqual(readdirSync(data.directory), ["state.db"]);
});

for (const [what, damage] of [
  ["emptied", () => Buffer.alloc(0)],
  ["cut short", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ["overwritten at its beginning", (bytes: Buffer) => bytes.fill("x", 0, 64)],
  [
    "changed in one byte of a value",
    (bytes: Buffer) => bytes.fill("y", bytes.indexOf("xxxx"), bytes.indexOf("xxxx") + 1),
  ],
] as const) {
  test(`a database that was ${what} is reported, set aside as it is, and not emptied`, async () => {
    using data = makeDataDir();
    await fill(data, "x".repeat(5000));
    const damaged = damage(readFileSync(data.path));
    writeFileSync(data.path, damaged);
    const error = { code: "state_unusable", message: /damaged/, fix: /state\.db\.damaged/ };
    assert.throws(data.open, error);
    assert.ok(readFileSync(`${data.path}.damaged`).equals(damaged), "not a byte of it has changed");
    assert.ok(!readdirSync(data.directory).includes("state.db"), "nothing took its place");
    // A second one does not overwrite the first.
    await fill(data, "x".repeat(5000));
    writeFileSync(data.path, damage(readFileSync(data.path)));
    assert.throws(data.open, error);
    assert.ok(readdirSync(data.directory).includes("state.db.damaged-2"));
  });
}

test("a write that cannot be kept is reported to its writer, to every later one, and by settled()", async () => {
  using data = makeDataDir();
  const store = data.open();
  const endless = { size: 1, toJSON: () => assert.fail("cannot be written") };
  await assert.rejects(store.put(thingKind, "one", endless), { code: "state_unusable" });
  await assert.rejects(store.put(thingKind, "two", { size: 2 }), { code: "state_unusable" });
  await assert.rejects(store.settled(), { code: "state_unusable" });
  await assert.rejects(store.close(), { code: "state_unusable" });
  const next = data.open();
  assert.deepEqual(next.all(), []);
  await next.close();
});
