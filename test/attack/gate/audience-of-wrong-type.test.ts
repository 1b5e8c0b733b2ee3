import { test } from "node:test";
import { assertTokenRefused, mint, url } from "./fixture.ts";

for (const aud of [
  [url],
  [url, "https://other.example"],
  [],
  1,
  0,
  true,
  null,
  undefined,
  "",
  { url },
  { 0: url, length: 1 },
]) {
  test(`a token whose aud is ${JSON.stringify(aud)} is refused`, () => assertTokenRefused(mint({ aud })));
}
