import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { curl, startServer } from "./fixture.ts";

// A place of its own: others who call curl at the same time have files that are about to lose their names.
const place = mkdtempSync(join(tmpdir(), "runpass-test-"));
process.env["TMPDIR"] = place;
after(() => rmSync(place, { recursive: true }));

const ours = (): string[] => readdirSync(tmpdir()).filter((name) => /^runpass-[0-9a-f]{8}-/.test(name));

test("no file with the token has a name while curl runs, nor afterwards, nor after curl was killed", async () => {
  const before = ours();
  const during: string[][] = [];
  let kill = (): void => {};
  await using server = await startServer((request, response) => {
    during.push(ours());
    if (request.url === "/kill") kill();
    else response.end("ok\n");
  });
  assert.equal((await curl(server.origin, [])).code, 0);
  const killed = await curl(server.origin, [], {
    path: "/kill",
    onStart: (child) => (kill = () => void child.kill("SIGKILL")),
  });
  assert.equal(killed.code, 128 + 9);
  assert.equal(during.length, 2);
  for (const names of [...during, ours()]) assert.deepEqual(names, before);
});
