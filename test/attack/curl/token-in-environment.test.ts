import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

test("the token is not in curl's environment, nor in ours, while it runs", async () => {
  let pid: number | undefined;
  const seen: string[] = [];
  await using server = await startServer((_, response) => {
    if (existsSync(`/proc/${pid}/environ`)) seen.push(readFileSync(`/proc/${pid}/environ`, "utf8"));
    seen.push(JSON.stringify(process.env));
    response.end("ok\n");
  });
  const outcome = await curl(server.origin, [], { onStart: (child) => (pid = child.pid) });
  assert.equal(outcome.code, 0);
  assert.ok(seen.length > 0);
  assert.doesNotMatch(seen.join("\n"), /eyJ/);
});
