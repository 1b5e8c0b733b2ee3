import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { createFolder, curl, startServer } from "./fixture.ts";

for (const [place, variables] of [
  [".curlrc", {}],
  [".config/curlrc", {}],
  ["xdg/curlrc", { XDG_CONFIG_HOME: "xdg" }],
  ["own/.curlrc", { CURL_HOME: "own" }],
  ["own/.config/curlrc", { CURL_HOME: "own" }],
] as const) {
  test(`a ${place} cannot take the token elsewhere`, async () => {
    await using home = await createFolder();
    await using server = await startServer();
    for (const folder of [".config", "xdg", "own", "own/.config"]) await mkdir(home.file(folder), { recursive: true });
    await writeFile(home.file(place), "location-trusted\n");
    const around = {
      homeDir: home.path,
      variables: {
        HOME: home.path,
        ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, home.file(value)])),
      },
    };
    const outcome = await curl(server.origin, [], around);
    assert.match(outcome.error?.message ?? "", /location-trusted/);
    assert.equal(server.requests.length, 0);
    // With -q first curl does not read it, and nor do we.
    assert.equal((await curl(server.origin, ["-q"], around)).code, 0);
    assert.equal((await curl(server.origin, ["-s", "-q"], around)).error?.code, "invalid_argument");
  });
}

test("a harmless .curlrc takes effect", async () => {
  await using home = await createFolder();
  await using server = await startServer();
  await writeFile(home.file(".curlrc"), 'user-agent = "mine"\n');
  await curl(server.origin, [], { homeDir: home.path });
  assert.equal(server.requests[0]?.headers["user-agent"], "mine");
});
