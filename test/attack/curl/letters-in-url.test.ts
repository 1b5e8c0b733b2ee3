import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

test("letters outside ASCII are percent-encoded, and curl's patterns stay patterns", async () => {
  await using server = await startServer();
  const outcome = await curl(server.origin, ["-s"], { path: "/{東,西}?q=京 [1-2]&x=%E4%BA%AC".replace(" ", "%20") });
  assert.equal(outcome.code, 0);
  const expected = ["%E6%9D%B1", "%E8%A5%BF"].flatMap((side) =>
    [1, 2].map((number) => `/${side}?q=%E4%BA%AC%20${number}&x=%E4%BA%AC`),
  );
  assert.deepEqual(
    server.requests.map(({ url }) => url),
    expected,
  );
});
