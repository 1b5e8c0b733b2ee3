import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import { startGoogleStub } from "../../test/support/google-stub.ts";
import type { GoogleStub, StubAnswer, StubRequest } from "../../test/support/google-stub.ts";
import { RunpassError } from "../core/errors.ts";
import { errorInfo } from "../google/status.ts";
import type { Credential } from "./credential.ts";
import { parseCredential } from "./parse-credential.ts";

const subjectToken = "subject.token.S3cr3t";
const account = "invoker@demo-project.iam.gserviceaccount.com";
const other = "other@demo-project.iam.gserviceaccount.com";
const pool = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/github";
const serviceUrl = "https://my-service-1.us-central1.run.app";

/** Google's part in it: the exchange, and IAM Credentials. */
function google({ path, headers }: StubRequest): StubAnswer {
  if (path === "/v1/token") return { body: { access_token: "ya29.federated", expires_in: 3599, token_type: "Bearer" } };
  if (path.endsWith(":generateIdToken")) return { body: { token: `id-token-by-${String(headers.authorization)}` } };
  if (path.endsWith(":generateAccessToken")) {
    return { body: { accessToken: "ya29.account", expireTime: "2026-01-01T01:00:00Z" } };
  }
  return { status: 404, body: "" };
}

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "runpass-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

interface Parts {
  readonly source?: unknown;
  readonly impersonated?: string;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
}

function parse(stub: GoogleStub, { source, impersonated, more = {}, variables = {} }: Parts): Credential {
  const url = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${impersonated}:generateAccessToken`;
  const fields = {
    type: "external_account",
    audience: pool,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    credential_source: source,
    ...(impersonated === undefined ? {} : { service_account_impersonation_url: url }),
    ...more,
  };
  return parseCredential(stub.context(variables), JSON.stringify(fields), {
    source: "pool.json",
    login: "gcloud auth login",
  });
}

async function failure(action: () => Promise<unknown>): Promise<RunpassError> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof RunpassError, inspect(error));
    assert.ok(!inspect(error, { depth: Infinity }).includes("S3cr3t"), "the subject token shows");
    assert.ok(error.fix, "there is a way on");
    return error;
  }
  return assert.fail("no error");
}

test("a subject in a file leads to an ID token in two requests: the exchange, and generateIdToken by its token", async (t) => {
  const stub = await startGoogleStub(t, google);
  const file = join(directory(t), "token");
  writeFileSync(file, `${subjectToken}\n`);
  const credential = parse(stub, { source: { file }, impersonated: account });
  assert.deepEqual([credential.principal, credential.canChooseAudience], [account, true]);
  const { token } = await credential.idToken(serviceUrl);
  assert.equal(token, "id-token-by-Bearer ya29.federated");
  const [exchange, mint] = stub.requests;
  assert.equal(stub.requests.length, 2);
  assert.deepEqual(Object.fromEntries(new URLSearchParams(exchange?.body)), {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience: pool,
    scope: "https://www.googleapis.com/auth/cloud-platform",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    subject_token: subjectToken,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  });
  assert.equal(exchange?.headers["authorization"], undefined);
  assert.match(
    mint?.path ?? "",
    /serviceAccounts\/invoker(?:@|%40)demo-project\.iam\.gserviceaccount\.com:generateIdToken$/,
  );
  assert.deepEqual(JSON.parse(mint?.body ?? ""), { audience: serviceUrl, includeEmail: false, delegates: [] });
  await credential.idToken("https://another.example.com", { includeEmail: true });
  assert.equal(stub.requests.length, 3, "the federated token is kept");
  assert.equal(await credential.accessToken(), "ya29.account", "for APIs it is the account's own");
});

test("a subject comes from JSON, from a URL with headers, and from a URL's JSON", async (t) => {
  const stub = await startGoogleStub(t, (request) => {
    if (request.path === "/subject") return { body: { value: subjectToken } };
    return request.path === "/subject.txt" ? { body: subjectToken } : google(request);
  });
  const file = join(directory(t), "token.json");
  writeFileSync(file, JSON.stringify({ value: subjectToken }));
  const format = { type: "json", subject_token_field_name: "value" };
  const url = "http://169.254.169.254";
  for (const source of [
    { file, format },
    { url: `${url}/subject`, format, headers: { Metadata: "true" } },
    { url: `${url}/subject.txt` },
  ]) {
    stub.requests.length = 0;
    await parse(stub, { source, impersonated: account }).idToken(serviceUrl);
    const exchange = stub.requests.find(({ path }) => path === "/v1/token");
    assert.equal(new URLSearchParams(exchange?.body).get("subject_token"), subjectToken);
    const asked = stub.requests.find(({ path }) => path === "/subject");
    if (asked) assert.equal(asked.headers["metadata"], "true");
  }
});

test("a subject token that cannot be got is an error of its own that says where it was looked for", async (t) => {
  const stub = await startGoogleStub(t, ({ path }) =>
    path === "/broken" ? { status: 503, body: subjectToken } : { body: subjectToken },
  );
  const folder = directory(t);
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const json = { type: "json", subject_token_field_name: "value" };
  const table: readonly [source: unknown, why: RegExp][] = [
    [{ file: join(folder, "missing") }, /missing: no such file/],
    [{ file: folder }, /it is a directory/],
    [{ file: file("empty", "  \n") }, /holds no token/],
    [{ file: file("text", subjectToken), format: json }, /is no JSON object/],
    [{ url: "https://example.com/", format: json }, /the answer of example\.com is no JSON object/],
    [{ url: "https://example.com/broken" }, /example\.com answered 503/],
  ];
  for (const [source, why] of table) {
    const error = await failure(async () => parse(stub, { source, impersonated: account }).idToken(serviceUrl));
    assert.equal(error.code, "subject_token_unreadable", inspect(source));
    assert.match(error.why ?? "", why);
  }
  const source = { file: file("json", JSON.stringify({ other: subjectToken })), format: json };
  const error = await failure(async () => parse(stub, { source }).accessToken());
  assert.match(error.why ?? "", /holds no token/);
});

test("without an account to impersonate there is no ID token, and the error leads to --as", async (t) => {
  const stub = await startGoogleStub(t, google);
  const credential = parse(stub, { source: { url: "https://example.com/" } });
  assert.deepEqual([credential.givesIdToken, credential.canChooseAudience], [false, false]);
  const error = await failure(async () => credential.idToken(serviceUrl));
  assert.equal(error.code, "id_token_unavailable");
  assert.match(error.fix ?? "", /--as SERVICE_ACCOUNT/);
  assert.equal(stub.requests.length, 0);
});

test("a further account is reached through the first in two requests, or in four where roles for federation want the detour", async (t) => {
  let refuse = false;
  const denied = {
    error: {
      code: 403,
      message: "Permission 'iam.serviceAccounts.implicitDelegation' denied on resource (or it may not exist).",
      status: "PERMISSION_DENIED",
      details: [errorInfo("IAM_PERMISSION_DENIED", {}, "iam.googleapis.com")],
    },
  };
  const stub = await startGoogleStub(t, (request) => {
    if (request.path === "/subject") return { body: subjectToken };
    return refuse && request.body.includes("invoker@") ? { status: 403, body: denied } : google(request);
  });
  const source = { url: "https://example.com/subject" };
  const direct = parse(stub, { source, impersonated: account });
  assert.match((await direct.idTokenAs?.([other], serviceUrl)) ?? "", /ya29\.federated$/);
  assert.deepEqual(JSON.parse(stub.requests.at(-1)?.body ?? "").delegates, [`projects/-/serviceAccounts/${account}`]);
  assert.equal(stub.requests.length, 3, "one of them for the subject");
  refuse = true;
  stub.requests.length = 0;
  const detour = parse(stub, { source, impersonated: account });
  assert.match((await detour.idTokenAs?.([other], serviceUrl)) ?? "", /ya29\.account$/);
  assert.equal(stub.requests.length, 5);
});

test("a client and a project are named at the exchange as Google's libraries do it", async (t) => {
  const stub = await startGoogleStub(t, (request) =>
    request.path === "/subject" ? { body: subjectToken } : google(request),
  );
  const source = { url: "https://example.com/subject" };
  const audience = "//iam.googleapis.com/locations/global/workforcePools/staff/providers/okta";
  await parse(stub, { source, more: { client_id: "client", client_secret: "S3cr3t" } }).accessToken();
  assert.equal(stub.requests[1]?.headers["authorization"], `Basic ${btoa("client:S3cr3t")}`);
  await parse(stub, { source, more: { audience, workforce_pool_user_project: "p" } }).accessToken();
  assert.equal(new URLSearchParams(stub.requests[3]?.body).get("options"), '{"userProject":"p"}');
  const error = await failure(async () => parse(stub, { source, more: { audience } }).accessToken());
  assert.match(error.why ?? "", /workforce_pool_user_project/);
});

test("the exchange's refusal is told in Google's words, without the subject token that it quotes", async (t) => {
  const stub = await startGoogleStub(t, ({ path }) =>
    path === "/subject"
      ? { body: subjectToken }
      : {
          status: 400,
          body: {
            error: "unauthorized_client",
            error_description: `The given credential is rejected by the attribute condition. ${subjectToken}`,
          },
        },
  );
  const credential = parse(stub, { source: { url: "https://example.com/subject" }, impersonated: account });
  const error = await failure(async () => credential.idToken(serviceUrl));
  assert.equal(error.code, "credentials_rejected");
  assert.match(error.why ?? "", /attribute condition/);
  assert.match(error.fix ?? "", /pool/);
});

test("an account that the federated identity may not act as is named with the grant that it takes", async (t) => {
  const denied = {
    error: {
      code: 403,
      message: "Permission 'iam.serviceAccounts.getOpenIdToken' denied on resource (or it may not exist).",
      status: "PERMISSION_DENIED",
    },
  };
  const stub = await startGoogleStub(t, (request) => {
    if (request.path === "/subject") return { body: subjectToken };
    return request.path === "/v1/token" ? google(request) : { status: 403, body: denied };
  });
  const credential = parse(stub, { source: { url: "https://example.com/subject" }, impersonated: account });
  const error = await failure(async () => credential.idToken(serviceUrl));
  assert.equal(error.code, "permission_denied");
  assert.match(error.message, /^the federated identity of pool\.json may not get ID tokens of invoker@/);
  assert.match(error.fix ?? "", /runpass grant invoker@.* --to principal:\/\//);
});

const allow = { GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1", PATH: process.env["PATH"] ?? "" };

/** A program for /bin/sh. */
function program(t: TestContext, script: string): string {
  const path = join(directory(t), "an executable");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `"${path}" first "second word"`;
}

const answer = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    version: 1,
    success: true,
    token_type: "urn:ietf:params:oauth:token-type:id_token",
    id_token: subjectToken,
    ...fields,
  });

test("an executable is told what it needs, and its token is exchanged; its output file spares the next run", async (t) => {
  const stub = await startGoogleStub(t, google);
  const output = join(directory(t), "output.json");
  const expiry = stub.clock.nowMs() / 1000 + 600;
  const command = program(
    t,
    `[ "$#$2$GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE" = "2second word0" ] || exit 1
     [ "$GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE$GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL" = "${pool}${account}" ] || exit 2
     echo noise >&2
     echo '${answer({ expiration_time: expiry })}' | tee "$GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE"`,
  );
  const source = { executable: { command, output_file: output } };
  await parse(stub, { source, impersonated: account, variables: allow }).idToken(serviceUrl);
  const exchange = new URLSearchParams(stub.requests[0]?.body);
  assert.equal(exchange.get("subject_token"), subjectToken);
  const gone = { executable: { command: "/nonexistent", output_file: output } };
  await parse(stub, { source: gone, impersonated: account, variables: allow }).idToken(serviceUrl);
  stub.clock.advanceMs(700_000);
  const late = parse(stub, { source: gone, impersonated: account, variables: allow });
  assert.equal((await failure(async () => late.idToken(serviceUrl))).code, "executable_unusable");
});

test("an executable that may not run, cannot run or answers wrongly is an error of its own, and ends no process", async (t) => {
  const stub = await startGoogleStub(t, google);
  const said = (text: string): string => program(t, `echo '${text}'`);
  const table: readonly [command: string, why: RegExp, more?: object, variables?: Readonly<Record<string, string>>][] =
    [
      ["/bin/true", /was not allowed/, {}, {}],
      ["/nonexistent/program", /could not be started \(ENOENT\)/],
      [tmpdir(), /could not be started \(EACCES\)/],
      [program(t, "exit 3"), /exit code 3/],
      [program(t, "kill -9 $$"), /the signal SIGKILL/],
      [said(subjectToken), /no JSON$/],
      [said("[]"), /no JSON object/],
      [said(answer({ version: 2 })), /version/],
      [said(answer({ success: false, code: "401", message: subjectToken })), /with the code 401$/],
      [said(answer({ token_type: "S3cr3t" })), /token_type/],
      [said(answer({ id_token: 7 })), /no id_token/],
      [said(answer({ expiration_time: 1 })), /has expired/],
      [said(answer({})), /expiration_time/, { output_file: join(directory(t), "output.json") }],
    ];
  for (const [command, why, more = {}, variables = allow] of table) {
    const source = { executable: { command, ...more } };
    const error = await failure(async () =>
      parse(stub, { source, impersonated: account, variables }).idToken(serviceUrl),
    );
    assert.equal(error.code, "executable_unusable", command);
    assert.match(error.why ?? "", why);
  }
  assert.equal(stub.requests.length, 0);
});

test("AWS's signed request is made by google-auth-library and exchanged", async (t) => {
  const stub = await startGoogleStub(t, ({ path, ...request }) => {
    if (path === "/region") return { body: "us-east-2b" };
    if (path === "/keys") return { body: "a-role" };
    if (path === "/keys/a-role") return { body: { AccessKeyId: "id", SecretAccessKey: "S3cr3t", Token: "t" } };
    return google({ path, ...request });
  });
  const source = {
    environment_id: "aws1",
    region_url: "http://169.254.169.254/region",
    url: "http://169.254.169.254/keys",
    regional_cred_verification_url: "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
  };
  const more = { subject_token_type: "urn:ietf:params:aws:token-type:aws4_request" };
  const credential = parse(stub, { source, impersonated: account, more });
  await credential.idToken(serviceUrl);
  const exchange = stub.requests.find(({ path }) => path === "/v1/token");
  const signed = JSON.parse(decodeURIComponent(new URLSearchParams(exchange?.body).get("subject_token") ?? "")) as {
    url: string;
    headers: { key: string; value: string }[];
  };
  assert.match(signed.url, /^https:\/\/sts\.us-east-2\.amazonaws\.com/);
  assert.equal(signed.headers.find(({ key }) => key === "x-goog-cloud-target-resource")?.value, pool);
  const nowhere = { ...source, region_url: "http://169.254.169.254/nothing" };
  const error = await failure(async () =>
    parse(stub, { source: nowhere, impersonated: account, more }).idToken(serviceUrl),
  );
  assert.equal(error.code, "subject_token_unreadable");
});

test("a file whose parts do not fit is refused before anything is sent", async (t) => {
  const stub = await startGoogleStub(t, google);
  const source = { url: "https://example.com/" };
  const table: readonly [Parts, RegExp][] = [
    [{}, /credential_source/],
    [{ source: {} }, /no file, URL, executable or AWS/],
    [{ source: { url: "nowhere" } }, /url/],
    [{ source: { certificate: {} } }, /certificate/],
    [{ source: { ...source, format: { type: "xml" } } }, /neither text nor json/],
    [{ source: { ...source, format: { type: "json" } } }, /subject_token_field_name/],
    [{ source: { ...source, headers: { a: 1 } } }, /headers/],
    [{ source: { url: "http://example.com/", headers: { Authorization: "x" } } }, /in the clear/],
    [{ source, more: { token_url: "http://sts.googleapis.com/" } }, /token_url/],
    [{ source, more: { audience: undefined } }, /no audience/],
    [{ source, impersonated: "nobody" }, /service_account_impersonation_url/],
    [
      { source, impersonated: account, more: { service_account_impersonation: { token_lifetime_seconds: 5 } } },
      /token_lifetime/,
    ],
  ];
  for (const [parts, why] of table) {
    const error = await failure(async () => parse(stub, parts));
    assert.deepEqual([error.code, why.test(error.why ?? "")], ["credentials_invalid", true], error.why);
  }
  for (const executable of [{}, { command: "x", timeout_millis: 1 }]) {
    const error = await failure(async () => parse(stub, { source: { executable }, variables: allow }).accessToken());
    assert.equal(error.code, "credentials_invalid");
  }
  assert.equal(stub.requests.length, 0);
});
