import { test } from "node:test";
import { assertAdmitted, assertRefused, createFixture, mint } from "./fixture.ts";

for (const method of ["OPTIONS", "HEAD", "POST", "TRACE", "get", "X"]) {
  test(`${method} is checked like GET`, () => {
    const { decide } = createFixture();
    assertRefused(
      decide(["Origin", "https://example.com", "Access-Control-Request-Method", "GET"], { method }),
      403,
      "permission",
    );
    assertAdmitted(decide(["Authorization", `Bearer ${mint()}`], { method }));
  });
}
