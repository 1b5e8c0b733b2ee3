import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { curlStatus, missingCommand, run, startSubject } from "./fixture.ts";
import type { Subject } from "./fixture.ts";

const skip = missingCommand("curl");
let subject: Subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject[Symbol.asyncDispose]());

for (const [flag, version] of [
  ["--http1.1", "1.1"],
  ["--http2", "2"],
] as const) {
  test(`curl ${flag}: an anonymous call gets Google's 403 page`, { skip }, async () => {
    const { stdout } = await run(subject, "curl", [
      "-sS",
      flag,
      "-w",
      "\n%{http_code} %{http_version}",
      `${subject.serviceUrl}/a?b=c`,
    ]);
    assert.match(stdout, new RegExp(`\\n403 ${version}$`));
    assert.match(stdout, /get URL <code>\/a\?b=c<\/code> from this server/);
  });

  test(`curl ${flag}: a token that is none gets a 401 with the reason in its header`, { skip }, async () => {
    const args = [
      "-sS",
      flag,
      "-D",
      "-",
      "-o",
      "/dev/null",
      "-H",
      "Authorization: Bearer nonsense",
      subject.serviceUrl,
    ];
    const { stdout } = await run(subject, "curl", args);
    assert.match(stdout, /^HTTP\/[\d.]+ 401/m);
    assert.match(
      stdout,
      /^www-authenticate: Bearer error="invalid_token" error_description="The access token could not be verified"\r$/im,
    );
  });
}

test("curl reaches a service under .localhost without a proxy", { skip }, async () => {
  const { stdout } = await run(subject, "curl", [
    "-sS",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    subject.emulator.localUrl("my-service"),
  ]);
  assert.equal(stdout, "403");
});

test("curl trusts the emulator's certificate by the bundle and by nothing else", { skip }, async () => {
  const without = { CURL_CA_BUNDLE: "", SSL_CERT_FILE: "" };
  const { code, stderr } = await run(subject, "curl", ["-sS", subject.serviceUrl], without);
  assert.equal(code, 60, stderr);
});

test("a host that is not emulated is refused through the proxy, by name", { skip }, async () => {
  const { code, stderr } = await run(subject, "curl", ["-sSv", "https://example.com/"]);
  assert.notEqual(code, 0);
  assert.match(stderr, /502 example\.com is not emulated/);
});

test("what is no HTTP is answered over TLS too, and letters in an address explained", { skip }, async () => {
  const { stdout, stderr } = await run(subject, "curl", ["-sS", "--http1.1", "-i", `${subject.serviceUrl}/?q=東京`]);
  assert.match(stdout, /HTTP\/1\.1 400 Bad Request\r\n/, stderr);
  assert.match(stdout, /Invalid char in url query: .* percent-encoded/);
});

test("a token with a space behind it counts, over HTTP/2 as over HTTP/1", { skip }, async () => {
  for (const version of ["--http1.1", "--http2"]) {
    assert.equal(await curlStatus(subject, version, "-H", "Authorization: Bearer nonsense ", subject.serviceUrl), 401);
  }
});
