import { test } from "node:test";
import { assertTokenRefused, claims, encode, kid, mint, signText } from "./fixture.ts";

for (const alg of ["none", "None", "nOnE", "NONE", ""]) {
  test(`a token with alg ${JSON.stringify(alg)} is refused, signed or not`, () => {
    const content = `${encode(JSON.stringify({ alg, kid }))}.${encode(JSON.stringify(claims))}`;
    assertTokenRefused(`${content}.`);
    assertTokenRefused(`${content}.${mint().split(".")[2]}`);
    assertTokenRefused(signText(JSON.stringify({ alg, kid }), JSON.stringify(claims)));
  });
}
