import { test } from "node:test";
import { assertRefused, createFixture, mint } from "./fixture.ts";

const token = mint();

// Values that a lenient parser could read a good token out of.
const values = [
  `Bearer\t${token}`,
  `Bearer \t${token}`,
  `Bearer\r\n ${token}`,
  `Bearer \r\n\t${token}`,
  `Bearer ${token}\r\nX-Serverless-Authorization: Bearer ${token}`,
  `\r\nBearer ${token}`,
  `\u00a0Bearer ${token}`,
  `Bearer\u00a0${token}`,
  `Bearer\u0000 ${token}`,
  `Bearer ${token}\u0000`,
  `Bearer ${token}\n`,
  `Bearer "${token}"`,
  `Bearer <${token}>`,
  `Bearer token=${token}`,
  `Bearer: ${token}`,
  `Bearer,${token}`,
  `Bearer%20${token}`,
  `Bearer ${encodeURIComponent(token)}%00`,
  `"Bearer ${token}"`,
  `Authorization: Bearer ${token}`,
  `Token ${token}`,
  `JWT ${token}`,
  `Basic ${Buffer.from(`:${token}`).toString("base64")}`,
  `Bearer${token}`,
  `Bearerer ${token}`,
  `BearerBearer ${token}`,
  `DPoP ${token}`,
  token,
  `B\u0435arer ${token}`,
  `\u212Bearer ${token}`,
];

for (const header of ["Authorization", "x-SERVERLESS-authorization"]) {
  for (const value of values) {
    test(`${header}: ${JSON.stringify(value.replace(token, "TOKEN"))} is refused`, () => {
      const decision = createFixture().decide([header, value]);
      assertRefused(decision, 401, decision.steps.at(-1)?.rule ?? "", token);
    });
  }
}

for (const header of [
  "Authorization ",
  " Authorization",
  "Authorization:",
  "Authorization\t",
  "X_Serverless_Authorization",
  "X-Serverless-Authorization\u0000",
  "Author\u0130zation",
  "X-\u017Ferverless-Authorization",
  "",
]) {
  test(`a header with the name ${JSON.stringify(header)} is another header`, () => {
    assertRefused(createFixture().decide([header, `Bearer ${token}`]), 403, "permission", token);
  });
}

test("a header name without a value is passed over", () => {
  assertRefused(createFixture().decide(["Authorization"]), 403, "permission");
  assertRefused(createFixture().decide(["Accept", "*/*", "Authorization"]), 403, "permission");
});
