import assert from "node:assert/strict";
import { getCACertificates } from "node:tls";
import { test } from "node:test";
import { systemRoots } from "./ca-bundle.ts";

test("the machine's roots are those that Node.js finds, each once", async (t) => {
  const found = new Set(getCACertificates("system").map((pem) => pem.trim()));
  if (found.size === 0) return t.skip("Node.js finds no roots on this machine");
  assert.deepEqual((await systemRoots(process.env)).map((pem) => pem.trim()).sort(), [...found].sort());
});
