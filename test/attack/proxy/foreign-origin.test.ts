import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, victim } from "./fixture.ts";

const page = victim({ corsOrigins: ["http://localhost:3000"] });

const ask = async (method: string, ...fields: readonly string[]): Promise<number> =>
  statusOf(
    await page.send(
      `${[`${method} / HTTP/1.1`, `Host: localhost:${page.subject.port}`, "Connection: close", ...fields].join("\r\n")}\r\n\r\n`,
    ),
  );

test("a page of another origin gets nothing, whatever it asks with", async () => {
  for (const origin of [
    "https://evil.example",
    "null",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://localhost.evil.example:3000",
    "http://localhost:3000.evil.example",
    "http://LOCALHOST:3000/x",
  ]) {
    for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
      assert.equal(await ask(method, `Origin: ${origin}`), 403, `${method} ${origin}`);
    }
  }
  assert.equal(page.seen.length, 0);
});

test("what browsers send without an Origin is known by what they say besides", async () => {
  for (const site of ["cross-site", "same-site"]) {
    assert.equal(await ask("GET", `Sec-Fetch-Site: ${site}`, "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"), 403);
    assert.equal(
      await ask("GET", `Sec-Fetch-Site: ${site}`, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"),
      403,
    );
    assert.equal(
      await ask("POST", `Sec-Fetch-Site: ${site}`, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
      403,
    );
  }
  assert.equal(page.seen.length, 0);
  // Following a link, an address typed, and an image of an origin that was let in
  assert.equal(
    await ask("GET", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
    200,
  );
  assert.equal(await ask("GET", "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"), 200);
  assert.equal(
    await ask("GET", "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Referer: http://localhost:3000/page"),
    200,
  );
});

test("an origin that is named twice, or in two fields, is none that was let in", async () => {
  assert.notEqual(await ask("GET", "Origin: http://localhost:3000", "Origin: https://evil.example"), 200);
  assert.notEqual(await ask("GET", "Origin: https://evil.example", "Origin: http://localhost:3000"), 200);
});
