import assert from "node:assert/strict";
import { test } from "node:test";
import { adcClientId, gcloudClientId } from "../../google/oauth.ts";
import { isGoogleRefusal } from "../../google/google-page.ts";
import { explainRefusal } from "./refusal.ts";
import type { RefusedCall } from "./refusal.ts";
import { readResponseHeads } from "./response-headers.ts";

const page = { "content-type": "text/html; charset=UTF-8", server: "Google Frontend" };
const invalidToken = 'Bearer error="invalid_token" error_description="The access token could not be verified"';

const answers: readonly [what: string, status: number, headers: Record<string, string>, google: boolean][] = [
  ["Google's 403 for /", 403, { ...page, "content-length": "295" }, true],
  ["Google's 403 without a length", 403, page, true],
  ["Google's 403, compressed", 403, { ...page, "content-length": "180", "content-encoding": "gzip" }, true],
  ["an app's 403 as JSON", 403, { ...page, "content-type": "application/json" }, false],
  ["an app's 403 page of another length", 403, { ...page, "content-length": "1024" }, false],
  ["an app's short 403 page", 403, { ...page, "content-length": "9" }, false],
  ["an app's 403 page with Cloud Run's trace", 403, { ...page, "x-cloud-trace-context": "a/1;o=1" }, false],
  ["a 403 of another server", 403, { ...page, server: "nginx", "content-length": "295" }, false],
  ["Google's 401", 401, { ...page, "www-authenticate": invalidToken }, true],
  ["an app's 401", 401, { ...page, "www-authenticate": 'Bearer realm="app"' }, false],
  ["an app's 401 of its own token check", 401, { "www-authenticate": 'Bearer error="invalid_token"' }, false],
  ["Google's 404", 404, { ...page, "content-length": "1561" }, true],
  ["an app's 404", 404, { "content-type": "text/html" }, false],
  ["a 200", 200, page, false],
  ["a 500", 500, page, false],
];

for (const [what, status, headers, google] of answers) {
  test(`${what} is ${google ? "" : "not "}taken for a refusal by Google`, () => {
    assert.equal(isGoogleRefusal({ status, headers: new Map(Object.entries(headers)) }, 1), google);
  });
}

const idToken = (claims: object): string =>
  ["eyJhbGciOiJSUzI1NiJ9", Buffer.from(JSON.stringify(claims)).toString("base64url"), "c2ln"].join(".");
const claims = { aud: gcloudClientId, email: "dev@example.com", sub: "1", exp: 2000 };
const call: RefusedCall = { label: "web", audience: "https://web.run.app", idToken: idToken(claims), nowSeconds: 1000 };

test("a 403 says who lacks run.routes.invoke on what, and how to grant it", () => {
  const [what, next] = explainRefusal(403, call);
  assert.match(what, /403.*user:dev@example\.com lacks run\.routes\.invoke on web .*gcloud's own/);
  assert.match(next, /runpass grant web /);
  const account = "invoker@p.iam.gserviceaccount.com";
  const asAccount = explainRefusal(403, {
    ...call,
    asAccount: account,
    idToken: idToken({ ...claims, email: undefined }),
  });
  assert.match(asAccount[0], new RegExp(`serviceAccount:${account} lacks`));
  assert.match(asAccount[1], new RegExp(`runpass grant web --as ${account}`));
});

test("a 401 tells an expired token, a foreign audience and an unsure client apart", () => {
  const told = (more: object): string =>
    explainRefusal(401, { ...call, idToken: idToken({ ...claims, ...more }) }).join("\n");
  assert.match(told({ exp: 999 }), /has expired[^]*clock/);
  assert.match(told({ aud: "https://example.com" }), /another audience than https:\/\/web\.run\.app[^]*--audience/);
  assert.match(told({ aud: adcClientId }), /Application Default Credentials[^]*gcloud auth login/);
  assert.match(told({}), /could not verify[^]*runpass doctor/);
});

test("a 404 names the service's address and ingress", () => {
  assert.match(explainRefusal(404, call).join("\n"), /ingress[^]*runpass doctor/);
});

test("no part of the token is in what is told", () => {
  for (const status of [401, 403, 404]) assert.doesNotMatch(explainRefusal(status, call).join("\n"), /eyJ|c2ln/);
});

test("interim answers, a proxy's answer to CONNECT and what comes after leaving the origin are left out", () => {
  const dump = [
    "HTTP/1.1 200 Connection established\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/2 103\r\nlink: x\r\n\r\n",
    "HTTP/2 302 \r\nLocation: https://web.run.app/there\r\n\r\n",
    "HTTP/2 302 \r\nlocation: https://other.example/\r\n\r\n",
    "HTTP/2 403 \r\nserver: Google Frontend\r\n\r\n",
  ].join("");
  const heads = readResponseHeads(dump, "https://web.run.app");
  assert.deepEqual(
    heads.map(({ status }) => status),
    [302, 302],
  );
  assert.equal(heads[0]?.headers.get("location"), "https://web.run.app/there");
});
