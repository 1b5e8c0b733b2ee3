import assert from "node:assert/strict";
import { test } from "node:test";
import { findDestination } from "./dispatch.ts";
import type { Routes } from "./dispatch.ts";

const web = { project: "p", region: "us-central1", service: "web" };
const routes: Routes = {
  isApiHost: (host) => host.endsWith("googleapis.com"),
  apiHostOfPath: (path) => (path === "/token" ? "oauth2.googleapis.com" : undefined),
  services: () => [web, { ...web, region: "asia-northeast1" }, { ...web, service: "api" }],
};

test("host and path tell who answers", () => {
  const rows: [string, string, string][] = [
    ["web-123.us-central1.run.app", "/_emulator/status", "service web-123.us-central1.run.app"],
    ["web-123.us-central1.run.app:443", "/", "service web-123.us-central1.run.app"],
    ["WEB-123.us-central1.RUN.app.", "/", "service web-123.us-central1.run.app"],
    ["api.localhost:9470", "/token", "service api.localhost"],
    ["tag---api.localhost", "/", "service tag---api.localhost"],
    ["web.asia-northeast1.localhost", "/", "service web.asia-northeast1.localhost"],
    ["iam.googleapis.com", "/token", "api iam.googleapis.com"],
    ["127.0.0.1:9470", "/token", "api oauth2.googleapis.com"],
    ["[::1]:9470", "/token", "api oauth2.googleapis.com"],
    ["localhost:9470", "/_emulator/trace", "control"],
  ];
  for (const [authority, path, expected] of rows) {
    const destination = findDestination(authority, path, routes);
    const seen = "host" in destination ? `${destination.kind} ${destination.host}` : destination.kind;
    assert.equal(seen, expected, `${authority}${path}`);
  }
});

test("a request for nobody is told what there is", () => {
  const rows: [string, string, RegExp][] = [
    ["evil.example", "/_emulator/stop", /does not know the host evil\.example.*api\.localhost/],
    ["127.0.0.1.evil.example", "/token", /does not know the host/],
    ["run.app.evil.example", "/", /does not know the host/],
    ["web.localhost", "/", /several services: use one of web\.us-central1\.localhost, web\.asia-northeast1\.localhost/],
    ["nothing.localhost", "/", /No service is called nothing\.localhost/],
    ["127.0.0.1", "/favicon.ico", /nothing is at this path/],
    ["", "/", /names no host/],
    ["a b", "/", /names no host/],
  ];
  for (const [authority, path, why] of rows) {
    const destination = findDestination(authority, path, routes);
    assert.equal(destination.kind, "none", authority);
    assert.match(destination.kind === "none" ? destination.why : "", why);
  }
});
