import assert from "node:assert/strict";
import { test } from "node:test";
import { isTokenChallenge, statusOfGooglePage } from "./google-page.ts";

/** As Google's front end has answered. Source: bodies in public issue trackers, the second of google/adk-python issue 3814. */
const captured: readonly (readonly [status: 401 | 403, body: string])[] = [
  [
    403,
    `
<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>403 Forbidden</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Forbidden</h1>
<h2>Your client does not have permission to get URL <code>/allocateCertificateNumber</code> from this server.</h2>
<h2></h2>
</body></html>
`,
  ],
  [
    401,
    `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>401 Unauthorized</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Unauthorized</h1>
<h2>Your client does not have permission to the requested URL <code>/endpoint/xxxxx</code>.</h2>
<h2></h2>
</body></html>`,
  ],
];

test("captured pages of the front end are known, with line ends of either kind", () => {
  for (const [status, body] of captured) {
    assert.equal(statusOfGooglePage(body), status);
    assert.equal(statusOfGooglePage(body.replaceAll("\n", "\r\n")), status);
  }
});

test("pages of apps that say something like it are not", () => {
  const [[, forbidden], [, unauthorized]] = captured as unknown as [[number, string], [number, string]];
  for (const body of [
    forbidden.replace("<title>403 Forbidden</title>", "<title>Forbidden</title>"),
    forbidden.replace("from this server", "from our server"),
    unauthorized.replace("Error: Unauthorized", "Unauthorized"),
    "<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center><hr><center>nginx</center></body></html>",
    '{"error":"Forbidden"}',
    "",
  ]) {
    assert.equal(statusOfGooglePage(body), undefined, body);
  }
});

test("the challenge of the front end is known by its words", () => {
  assert.ok(
    isTokenChallenge('Bearer error="invalid_token" error_description="The access token could not be verified"'),
  );
  assert.ok(!isTokenChallenge('Bearer realm="app", error="invalid_token", error_description="The token has expired"'));
});
