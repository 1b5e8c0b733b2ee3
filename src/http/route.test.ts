import assert from "node:assert/strict";
import { test } from "node:test";
import { routeOf } from "./route.ts";

const httpProxy = "http://me:pass%20word@proxy.example:3128";

test("a request in the clear is handed to the proxy whole, with what it asks for", () => {
  const { to, through, path, headers } = routeOf(new URL("http://api.example:8080/a?b"), { httpProxy });
  assert.deepEqual([to.host, through, path], ["proxy.example:3128", "none", "http://api.example:8080/a?b"]);
  const authorization = `Basic ${Buffer.from("me:pass word").toString("base64")}`;
  assert.deepEqual(headers, { host: "api.example:8080", "proxy-authorization": authorization });
});

test("no proxy hears of requests to the metadata server, to what NO_PROXY names, or of what is in TLS", () => {
  const direct: readonly (readonly [url: string, proxies: Parameters<typeof routeOf>[1]])[] = [
    ["http://169.254.169.254/computeMetadata/v1/?a", { httpProxy }],
    ["http://169.254.169.254/computeMetadata/v1/?a", { httpProxy: "socks5://proxy.example" }],
    ["http://api.example/a?b", { httpProxy, noProxy: ".example" }],
    ["http://[::1]:8080/a", { httpProxy, noProxy: "::1" }],
    ["http://api.example/a", {}],
    ["https://api.example/a", { httpProxy }],
  ];
  for (const [url, proxies] of direct) {
    const target = new URL(url);
    const { to, through, path, headers } = routeOf(target, proxies);
    assert.deepEqual([to.href, path, headers], [target.href, target.pathname + target.search, {}], url);
    assert.equal(through, target.protocol === "https:" ? undefined : "none", url);
  }
});

test("a SOCKS proxy leads to the host itself", () => {
  const { to, through, path, headers } = routeOf(new URL("http://api.example/a"), {
    httpProxy: "socks5://proxy.example",
  });
  assert.deepEqual([to.host, path, headers], ["api.example", "/a", {}]);
  assert.equal(String(through), "socks5://proxy.example");
});
