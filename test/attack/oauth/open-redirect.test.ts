import assert from "node:assert/strict";
import { test } from "node:test";
import { createSubject, installed, web } from "./fixture.ts";

const elsewhere = [
  "https://evil.example/",
  "http://evil.example/",
  "http://localhost.evil.example/",
  "http://localhost@evil.example/",
  "http://localhost:8085@evil.example/",
  "http://localhost:8085\\@evil.example/",
  "http://localhost\\.evil.example/",
  "http://localhost#@evil.example/",
  "http://localhost:8085/#fragment",
  "http://localhost:99999/",
  "http://127.0.0.1.evil.example:8085/",
  "http://127.1/",
  "http://2130706433/",
  "http://[::2]/",
  "https://localhost:8085/",
  "//evil.example/",
  "/relative",
  "javascript:alert(1)",
  "data:text/html,x",
  "http://localhost:8085/\r\nset-cookie: a=b",
  "http://localhost:8085/\tx",
  " http://localhost:8085/",
  "HTTP://evil.example",
  "urn:ietf:wg:oauth:2.0:oob",
  "https://sdk.cloud.google.com/authcode.html", // gcloud's own, not this client's
];

test("no code goes to an address that is not the client's, and no answer at all", async () => {
  const subject = createSubject();
  for (const uri of elsewhere) {
    const { status, headers, body } = await subject.open({ redirect_uri: uri });
    assert.equal(status, 400, uri);
    assert.equal(headers?.["location"], undefined, uri);
    assert.match(String(body), /redirect_uri_mismatch/, uri);
    assert.doesNotMatch(String(body), /name="ticket"/, uri);
  }
});

test("a web application's addresses are compared exactly, and loopback is none of them", async () => {
  const subject = createSubject();
  const near = [
    "https://app.example.com/callback/",
    "https://app.example.com/callback?x",
    "https://APP.example.com/callback",
  ];
  for (const uri of [...near, "https://app.example.com/callback/../x", "http://localhost:8085/"]) {
    assert.equal((await subject.open({ client_id: web.id, redirect_uri: uri })).status, 400, uri);
  }
  const [own] = web.redirectUris;
  assert.equal((await subject.open({ client_id: web.id, redirect_uri: own })).status, 200);
});

test("an installed application may wait on any port of loopback, by its names and numbers", async () => {
  const subject = createSubject();
  for (const uri of ["http://localhost", "http://localhost:1/", "http://127.0.0.1:8085/back?x=1", "http://[::1]:9/"]) {
    assert.equal((await subject.open({ client_id: installed.id, redirect_uri: uri })).status, 200, uri);
  }
});
