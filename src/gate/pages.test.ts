import assert from "node:assert/strict";
import { test } from "node:test";
import { forbiddenPage, notFoundPage, unauthorizedPage } from "./pages.ts";

test("the 403 page is Google's, as long as the one that was captured", () => {
  const page = forbiddenPage("/allocateCertificateNumber");
  assert.equal(page.status, 403);
  assert.deepEqual(page.headers, {
    "content-type": "text/html; charset=UTF-8",
    server: "Google Frontend",
    "content-length": "320",
  });
  assert.equal(
    page.body.trim(),
    `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>403 Forbidden</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Forbidden</h1>
<h2>Your client does not have permission to get URL <code>/allocateCertificateNumber</code> from this server.</h2>
<h2></h2>
</body></html>`,
  );
});

test("the 401 page is Google's and names the scheme as Google does", () => {
  const page = unauthorizedPage("/endpoint/xxxxx");
  assert.equal(page.status, 401);
  assert.equal(
    page.headers["www-authenticate"],
    'Bearer error="invalid_token" error_description="The access token could not be verified"',
  );
  assert.equal(
    page.body.trim(),
    `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>401 Unauthorized</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Unauthorized</h1>
<h2>Your client does not have permission to the requested URL <code>/endpoint/xxxxx</code>.</h2>
<h2></h2>
</body></html>`,
  );
});

test("the 404 page is Google's general one", () => {
  const page = notFoundPage("/x");
  assert.equal(page.status, 404);
  assert.match(page.body, /<title>Error 404 \(Not Found\)!!1<\/title>/);
  assert.match(page.body, /The requested URL <code>\/x<\/code> was not found on this server\./);
  assert.equal(page.headers["www-authenticate"], undefined);
});

test("a path is text, with its query, and content-length counts bytes", () => {
  for (const page of [forbiddenPage, unauthorizedPage, notFoundPage]) {
    const { body, headers } = page(`/é?a=1&b=<i>"'`);
    assert.ok(body.includes("<code>/é?a=1&amp;b=&lt;i&gt;&quot;&#39;</code>"));
    assert.equal(headers["content-length"], String(Buffer.byteLength(body)));
  }
});
