import { test } from "node:test";
import { assertTokenRefused, mint } from "./fixture.ts";

for (const crit of [["b64"], ["exp"], ["http://example.com/x"], [], "b64", null, false]) {
  test(`a token with crit ${JSON.stringify(crit)} is refused`, () => {
    assertTokenRefused(mint({}, { crit, b64: true, "http://example.com/x": 1 }));
  });
}
