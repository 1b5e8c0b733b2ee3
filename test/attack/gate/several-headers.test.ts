import { test } from "node:test";
import { assertRefused, createFixture, foreignKey, mint } from "./fixture.ts";

const good = `Bearer ${mint()}`;
const bad = `Bearer ${mint({}, {}, foreignKey.privateKey)}`;

for (const header of ["Authorization", "X-Serverless-Authorization"]) {
  for (const [first, second] of [
    [good, bad],
    [bad, good],
    [good, good],
    [good, ""],
    ["", good],
    ["", ""],
  ] as const) {
    test(`two ${header} headers are refused: ${first.length} and ${second.length} characters`, () => {
      const { decide } = createFixture();
      assertRefused(
        decide([header, first, "Accept", "*/*", header.toLowerCase(), second]),
        401,
        "credential",
        good.slice(7),
      );
    });
  }
}
