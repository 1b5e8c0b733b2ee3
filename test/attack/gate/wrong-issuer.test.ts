import { test } from "node:test";
import { assertTokenRefused, mint } from "./fixture.ts";

const issuers = [
  "https://accounts.google.com/",
  "https://accounts.google.com.evil.example",
  "http://accounts.google.com",
  "https://ACCOUNTS.google.com",
  "https://securetoken.google.com/demo",
  "https://cloud.google.com/iap",
  "invoker@demo.iam.gserviceaccount.com",
  "",
  null,
  undefined,
  1,
  ["https://accounts.google.com"],
];

for (const iss of issuers) {
  test(`a token of issuer ${JSON.stringify(iss)} is refused`, () => assertTokenRefused(mint({ iss })));
}
