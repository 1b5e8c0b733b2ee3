import { test } from "node:test";
import { assertAdmitted, assertRefused, createFixture, host, mint, url } from "./fixture.ts";

test("at a tag's address the service's own audience counts, not the tag's", () => {
  const { decide } = createFixture();
  const at = (aud: string) => decide(["Authorization", `Bearer ${mint({ aud })}`], { host: `green---${host}` });
  assertAdmitted(at(url));
  assertRefused(at(`https://green---${host}`), 401, "audience");
});
