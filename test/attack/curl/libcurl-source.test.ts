import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

test("--libcurl is refused: it would write a program with the token in it", async () => {
  await using server = await startServer();
  const outcome = await curl(server.origin, ["--libcurl", "-"]);
  assert.match(outcome.error?.message ?? "", /--libcurl/);
  assert.equal(server.requests.length, 0);
});
