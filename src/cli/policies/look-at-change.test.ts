import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLogger } from "../../core/context.ts";
import type { Credential } from "../../credentials/credential.ts";
import { errorInfo } from "../../google/status.ts";
import { lookFor } from "./look-at-change.ts";
import type { Session } from "../session.ts";

const email = "invoker@p.iam.gserviceaccount.com";
const dev = "user:dev@example.com";

/** A session in which IAM Credentials answers so. */
function sessionWith(status: number, body: unknown): Session {
  const credential: Credential = {
    kind: "authorized_user",
    source: "a test",
    fingerprint: "f",
    canChooseAudience: false,
    givesIdToken: true,
    givesAccessToken: true,
    accessToken: async () => "ya29.x",
    idToken: () => Promise.reject(new Error("not asked")),
  };
  const context = {
    environment: { variables: {}, homeDir: "/nonexistent", platform: process.platform },
    clock: systemClock,
    fetch: async () => new Response(JSON.stringify(body), { status }),
    log: silentLogger,
  };
  return {
    context,
    network: {},
    gcloud: { directory: "", configuration: "", origins: new Map() },
    project: "p",
    region: undefined,
    credentialOptions: {},
    impersonate: undefined,
    credential: async () => credential,
    accessToken: async () => "ya29.x",
    self: async () => dev,
    emulatorUrl: undefined,
    where: "",
  };
}

function refusal(reason: string, message: string): unknown {
  return { error: { code: 403, message, status: "PERMISSION_DENIED", details: [errorInfo(reason, {})] } };
}

const rows = [
  [200, { token: "x.y.z" }, "arrived", "not yet"],
  [403, refusal("IAM_PERMISSION_DENIED", "Permission denied."), "not yet", "arrived"],
  [403, refusal("SERVICE_DISABLED", "It has not been used before."), "never", "nothing"],
  [404, { error: { code: 404, message: "Not found", status: "NOT_FOUND" } }, "never", "nothing"],
  [503, { error: { code: 503, message: "Try again", status: "UNAVAILABLE" } }, "not yet", "not yet"],
] as const;

test("at an account a missing role is told from what no waiting changes", async () => {
  for (const [status, body, held, gone] of rows) {
    for (const [wanted, expected] of [
      ["held", held],
      ["gone", gone],
    ] as const) {
      const change = { resource: { kind: "account", email }, member: dev, wanted, as: undefined } as const;
      const look = await lookFor(change, sessionWith(status, body));
      assert.equal((await look?.())?.seen, expected, `${status} ${wanted}`);
    }
  }
});

test("for another than oneself there is no way to look", async () => {
  const change = {
    resource: { kind: "account", email },
    member: "group:g@example.com",
    wanted: "held",
    as: email,
  } as const;
  assert.equal(await lookFor(change, sessionWith(200, {})), undefined);
});
