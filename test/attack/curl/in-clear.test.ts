import assert from "node:assert/strict";
import { test } from "node:test";
import { curl, startServer } from "./fixture.ts";

for (const words of [[], ["-k"], ["-x", "http://127.0.0.1:1"]]) {
  test(`a token is not sent in clear to another machine (${words.join(" ") || "no options"})`, async () => {
    const outcome = await curl("http://web.example", words);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
    assert.equal(outcome.started.length, 0);
  });
}

test("a token is not sent to a server whose certificate is not checked", async () => {
  for (const option of ["-k", "--insecure", "-sk", "--insec"]) {
    const outcome = await curl("https://web.example", [option]);
    assert.equal(outcome.error?.code, "invalid_argument");
    assert.equal(outcome.tokensAsked, 0);
  }
});

test("in clear, the token does not leave this machine by a detour", async () => {
  for (const words of [
    ["--resolve", "localhost:80:192.0.2.1"],
    ["--connect-to", "::192.0.2.1:80"],
    ["--doh-url", "https://dns.example"],
    ["-x", "http://192.0.2.1:3128"],
    ["--socks5", "192.0.2.1"],
    ["--preproxy", "socks5://192.0.2.1"],
  ]) {
    const outcome = await curl("http://localhost:1", words);
    assert.equal(outcome.error?.code, "invalid_argument", words.join(" "));
    assert.equal(outcome.tokensAsked, 0);
  }
});

test("in clear, the token does not go to the proxy that the environment names", async () => {
  await using proxy = await startServer();
  await using server = await startServer();
  const url = `http://127.0.0.1:${proxy.port}`;
  const outcome = await curl(server.origin, [], { variables: { http_proxy: url, all_proxy: url, HTTPS_PROXY: url } });
  assert.equal(outcome.code, 0);
  assert.equal(server.requests.length, 1);
  assert.equal(proxy.requests.length, 0);
});
