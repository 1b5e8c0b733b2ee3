import assert from "node:assert/strict";
import { test } from "node:test";
import { startGoogleStub, unsignedToken } from "../../test/support/google-stub.ts";
import type { StubAnswer, StubRequest } from "../../test/support/google-stub.ts";
import type { Context } from "../core/context.ts";
import { createMetadataCredential, findMetadataCredential } from "./metadata-credential.ts";
import { metadataServer } from "./metadata-server.ts";
import { findCredential, resolveCredential } from "./resolve.ts";

const base = "/computeMetadata/v1/instance/service-accounts/default/";
const flavor = { "metadata-flavor": "Google" };
const email = "runner@demo-project.iam.gserviceaccount.com";

function metadata({ path, headers }: StubRequest): StubAnswer {
  if (headers["metadata-flavor"] !== "Google") return { status: 403, headers: flavor, body: "" };
  const url = new URL(path, "http://metadata");
  switch (url.pathname) {
    case "/computeMetadata/v1/instance/":
      return { headers: flavor, body: "id\n" };
    case `${base}email`:
      return { headers: flavor, body: email };
    case `${base}token`:
      return { headers: flavor, body: { access_token: "ya29.machine", expires_in: 3599, token_type: "Bearer" } };
    case `${base}identity`:
      return { headers: flavor, body: unsignedToken({ aud: url.searchParams.get("audience"), email, exp: 1 }) };
    default:
      return { status: 404, headers: flavor, body: "" };
  }
}

test("the machine's account gives an ID token for any audience in one request, an access token, and its e-mail", async (t) => {
  const stub = await startGoogleStub(t, metadata);
  const credential = createMetadataCredential(stub.context());
  const { token } = await credential.idToken("https://a.run.app/?x=1&y");
  assert.match(
    Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    /"aud":"https:\/\/a\.run\.app\/\?x=1&y"/,
  );
  assert.equal(stub.requests.length, 1);
  assert.equal(await credential.accessToken(), "ya29.machine");
  assert.equal(await credential.accessToken(), "ya29.machine");
  assert.equal(stub.requests.length, 2);
  assert.equal(await credential.askPrincipal?.(), email);
  assert.deepEqual([credential.canChooseAudience, credential.givesAccessToken], [true, true]);
  await assert.rejects(credential.idToken(), { code: "invalid_argument" });
});

test("where it is comes from the variables of gcloud and of the libraries", () => {
  const server = (variables: Record<string, string>): string =>
    metadataServer({ variables, homeDir: "/nonexistent", platform: "linux" });
  assert.equal(server({}), "http://169.254.169.254");
  assert.equal(server({ GCE_METADATA_HOST: "127.0.0.1:8080" }), "http://127.0.0.1:8080");
  assert.equal(server({ GCE_METADATA_ROOT: "metadata.google.internal" }), "http://metadata.google.internal");
  assert.equal(server({ GCE_METADATA_IP: "10.0.0.1" }), "http://10.0.0.1");
  assert.equal(server({ GCE_METADATA_HOST: "http://a:1/path", GCE_METADATA_IP: "b" }), "http://a:1");
  assert.throws(() => server({ GCE_METADATA_ROOT: "a b" }), { code: "invalid_argument", message: /GCE_METADATA_ROOT/ });
});

test("whether it is there is said by the environment, else found by asking once", async (t) => {
  const stub = await startGoogleStub(t, metadata);
  const table: readonly [variables: Record<string, string>, found: boolean, requests: number][] = [
    [{}, true, 1],
    [{ METADATA_SERVER_DETECTION: "none" }, false, 0],
    [{ METADATA_SERVER_DETECTION: "assume-present" }, true, 0],
    [{ METADATA_SERVER_DETECTION: " Ping-Only ", K_SERVICE: "s" }, true, 1],
    [{ METADATA_SERVER_DETECTION: "bios-only", K_SERVICE: "s" }, true, 0],
    [{ NO_GCE_CHECK: "true" }, false, 0],
    [{ K_SERVICE: "s" }, true, 0],
    [{ CLOUD_RUN_JOB: "j" }, true, 0],
    [{ GCE_METADATA_HOST: "localhost:1" }, true, 0],
  ];
  for (const [variables, found, requests] of table) {
    stub.requests.length = 0;
    const result = await findMetadataCredential(stub.context(variables));
    assert.deepEqual([typeof result !== "string", stub.requests.length], [found, requests], JSON.stringify(variables));
  }
  await assert.rejects(findMetadataCredential(stub.context({ METADATA_SERVER_DETECTION: "perhaps" })), {
    code: "invalid_argument",
  });
});

test("it is the last to be asked, and is not asked where another came first", async (t) => {
  const stub = await startGoogleStub(t, metadata);
  const { credential, lookedAt } = await findCredential(stub.context());
  assert.equal(credential?.kind, "metadata");
  assert.deepEqual(
    lookedAt.map(({ outcome }) => outcome),
    ["absent", "absent", "absent", "absent", "taken"],
  );
  stub.requests.length = 0;
  assert.equal((await resolveCredential(stub.context(), { credentials: "metadata" })).kind, "metadata");
  assert.equal(
    (await resolveCredential(stub.context({ METADATA_SERVER_DETECTION: "assume-present" }), { credentials: "adc" }))
      .kind,
    "metadata",
  );
  assert.equal(stub.requests.length, 0);
});

test("where none answers, or something else, that is an error of its own", async (t) => {
  const impostor = await startGoogleStub(t, () => ({ body: "ya29.welcome" }));
  const nobody: Context = { ...impostor.context(), fetch: () => Promise.reject(new Error("connect EHOSTUNREACH")) };
  assert.equal(await findMetadataCredential(impostor.context()), "something else answers at its address");
  assert.equal(await findMetadataCredential(nobody), "none answers");
  for (const [context, why] of [
    [nobody, /EHOSTUNREACH/],
    [impostor.context(), /Metadata-Flavor/],
  ] as const) {
    const credential = createMetadataCredential(context);
    for (const ask of [
      credential.accessToken(),
      credential.idToken("https://a.run.app"),
      credential.askPrincipal?.(),
    ]) {
      await assert.rejects(Promise.resolve(ask), { code: "metadata_unavailable", why, fix: /--credentials/ });
    }
  }
});

test("a machine without a service account is told apart from one without a metadata server", async (t) => {
  const stub = await startGoogleStub(t, () => ({ status: 404, headers: flavor, body: "" }));
  const credential = createMetadataCredential(stub.context());
  await assert.rejects(credential.accessToken(), { code: "credentials_invalid", why: /without one/, fix: /Attach/ });
});

test("a metadata server that answers nonsense gives nothing", async (t) => {
  const stub = await startGoogleStub(t, () => ({ headers: flavor, body: "nonsense" }));
  const credential = createMetadataCredential(stub.context());
  await assert.rejects(credential.accessToken(), { code: "google_unreachable" });
  await assert.rejects(credential.askPrincipal?.() ?? Promise.resolve(), { code: "google_unreachable" });
});
