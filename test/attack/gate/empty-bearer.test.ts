import { test } from "node:test";
import { assertRefused, createFixture } from "./fixture.ts";

for (const header of ["Authorization", "X-Serverless-Authorization"]) {
  for (const value of ["", " ", "\t"]) {
    test(`an empty ${header} (${JSON.stringify(value)}) counts as no credential`, () => {
      assertRefused(createFixture().decide([header, value]), 403, "permission");
    });
  }
  for (const value of ["Bearer", "Bearer ", "bearer   ", "Bearer\t"]) {
    test(`${header} with the scheme alone (${JSON.stringify(value)}) cannot be verified`, () => {
      assertRefused(createFixture().decide([header, value]), 401, "credential");
    });
  }
}
