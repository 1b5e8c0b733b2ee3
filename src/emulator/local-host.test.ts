import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLocalHost, parseLocalHost } from "./local-host.ts";

const web = { project: "p", region: "us-central1", service: "web" };
const webInTokyo = { project: "p", region: "asia-northeast1", service: "web" };
const webOfOther = { project: "q", region: "us-central1", service: "web" };
const api = { project: "p", region: "us-central1", service: "api" };
const all = [web, webInTokyo, webOfOther, api];

test("a host under .localhost names a service as far as it needs to", () => {
  const rows: [string, readonly (typeof web)[] | undefined, string?][] = [
    ["api.localhost", [api]],
    ["web.localhost", [web, webInTokyo, webOfOther]],
    ["web.asia-northeast1.localhost", [webInTokyo]],
    ["web.us-central1.q.localhost", [webOfOther]],
    ["green---api.localhost", [api], "green"],
    ["web.us-central1.q.more.localhost", []],
    ["nothing.localhost", []],
    [".localhost", []],
    ["localhost", undefined],
    ["api.localhost.example.com", undefined],
  ];
  for (const [host, services, tag] of rows) {
    const found = parseLocalHost(host, all);
    assert.deepEqual(found?.services, services, host);
    assert.equal(found?.tag, tag, host);
  }
});

test("the local host of a service is the shortest that no other service shares", () => {
  assert.equal(formatLocalHost(api, all), "api.localhost");
  assert.equal(formatLocalHost(webInTokyo, all), "web.asia-northeast1.localhost");
  assert.equal(formatLocalHost(web, all), "web.us-central1.p.localhost");
});
