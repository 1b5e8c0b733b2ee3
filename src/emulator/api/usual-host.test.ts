import assert from "node:assert/strict";
import { test } from "node:test";
import { usualHost } from "./usual-host.ts";

test("a host for clients with a certificate, or of a region, has one usual name; any other keeps its own", () => {
  for (const [host, usual] of [
    ["oauth2.mtls.googleapis.com", "oauth2.googleapis.com"],
    ["sts.mtls.googleapis.com", "sts.googleapis.com"],
    ["run.us-central1.rep.googleapis.com", "us-central1-run.googleapis.com"],
    ["us-central1-run.googleapis.com", "us-central1-run.googleapis.com"],
    ["a.b.mtls.googleapis.com", "a.b.mtls.googleapis.com"],
    ["run.mtls.googleapis.com.example", "run.mtls.googleapis.com.example"],
  ] as const) {
    assert.equal(usualHost(host), usual);
  }
});
