import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { curl, startServer, token } from "./fixture.ts";

test("the token is not in curl's arguments while it runs", async () => {
  let pid: number | undefined;
  let seen = "";
  await using server = await startServer((_, response) => {
    if (existsSync(`/proc/${pid}/cmdline`)) seen = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    response.end("ok\n");
  });
  const outcome = await curl(server.origin, ["-s"], { onStart: (child) => (pid = child.pid) });
  assert.equal(outcome.code, 0);
  assert.equal(server.requests[0]?.headers.authorization, `Bearer ${token}`);
  assert.doesNotMatch(`${seen} ${outcome.started[0]?.words.join(" ")}`, /eyJ|Bearer/);
});
