import assert from "node:assert/strict";
import test from "node:test";
import { RunpassError } from "../core/errors.ts";
import { commandNamed } from "./command-line/command-table.ts";
import { impersonationChain } from "./impersonation.ts";
import { createSettings } from "./command-line/settings.ts";
import type { FlagValue } from "./command-line/settings.ts";

function chainOf(
  as: FlagValue | undefined,
  variables: Readonly<Record<string, string>> = {},
  project: string | undefined = "p1",
): readonly string[] | undefined {
  const environment = { variables, homeDir: "/nowhere", platform: "linux" } as const;
  const given = new Map(as === undefined ? [] : [["impersonate-service-account", as] as const]);
  return impersonationChain(createSettings(commandNamed("token"), given, environment), environment, project);
}

test("--as takes an e-mail, a short name, a unique id or a chain of them", () => {
  const whole = "other@p2.iam.gserviceaccount.com";
  assert.deepEqual(chainOf("invoker"), ["invoker@p1.iam.gserviceaccount.com"]);
  assert.deepEqual(chainOf(whole), [whole]);
  assert.deepEqual(chainOf(whole.toUpperCase()), [whole]);
  assert.deepEqual(chainOf("123456789012345678901"), ["123456789012345678901"]);
  assert.deepEqual(chainOf(`invoker, ${whole},target`), [
    "invoker@p1.iam.gserviceaccount.com",
    whole,
    "target@p1.iam.gserviceaccount.com",
  ]);
});

test("without a value it reads SERVICE_ACCOUNT, and unasked it reads nothing", () => {
  assert.deepEqual(chainOf(true, { SERVICE_ACCOUNT: "invoker" }), ["invoker@p1.iam.gserviceaccount.com"]);
  assert.equal(chainOf(undefined, { SERVICE_ACCOUNT: "invoker" }), undefined);
  assert.deepEqual(chainOf(undefined, { RUNPASS_IMPERSONATE_SERVICE_ACCOUNT: "invoker" }), [
    "invoker@p1.iam.gserviceaccount.com",
  ]);
});

test("what is no service account is refused", () => {
  for (const wrong of ["dev@example.com", "in", "Invoker!", "a,,b", "invoker,"]) {
    assert.throws(
      () => chainOf(wrong),
      (error) => error instanceof RunpassError && error.code === "invalid_argument" && error.fix !== undefined,
      wrong,
    );
  }
  assert.throws(() => chainOf(true), /--as has no account/);
  assert.throws(() => impersonationWithoutProject(), /has no project/);
});

function impersonationWithoutProject(): unknown {
  const environment = { variables: {}, homeDir: "/nowhere", platform: "linux" } as const;
  const given = new Map([["impersonate-service-account", "invoker"] as const]);
  return impersonationChain(createSettings(commandNamed("token"), given, environment), environment, undefined);
}
