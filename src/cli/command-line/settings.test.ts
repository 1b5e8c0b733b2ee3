import assert from "node:assert/strict";
import test from "node:test";
import { RunpassError } from "../../core/errors.ts";
import { commandNamed } from "./command-table.ts";
import type { FlagName } from "./flags.ts";
import { createSettings } from "./settings.ts";
import type { FlagValue, Settings } from "./settings.ts";

type Variables = Readonly<Record<string, string>>;

function settingsOf(command: string, given: Readonly<Record<string, FlagValue>>, variables: Variables): Settings {
  const flags = new Map(Object.entries(given)) as Map<FlagName, FlagValue>;
  return createSettings(commandNamed(...command.split(" ")), flags, {
    variables,
    homeDir: "/nowhere",
    platform: "linux",
  });
}

test("a flag wins over its environment variable, and an empty variable is none", () => {
  const rows: readonly (readonly [
    Readonly<Record<string, FlagValue>>,
    Variables,
    string | undefined,
    string | undefined,
  ])[] = [
    [{}, {}, undefined, undefined],
    [{}, { RUNPASS_REGION: "" }, undefined, undefined],
    [{}, { RUNPASS_REGION: "europe-west1" }, "europe-west1", "RUNPASS_REGION"],
    [{ region: "asia-east1" }, {}, "asia-east1", "--region"],
    [{ region: "asia-east1" }, { RUNPASS_REGION: "europe-west1" }, "asia-east1", "--region"],
  ];
  for (const [given, variables, value, source] of rows) {
    const settings = settingsOf("token", given, variables);
    assert.equal(settings.text("region"), value);
    assert.equal(settings.source("region"), source);
  }
});

test("a switch in the environment is on or off by plain words", () => {
  for (const on of ["1", "true", "TRUE", "yes", "on"]) {
    assert.equal(settingsOf("token", {}, { RUNPASS_QUIET: on }).quiet, true, on);
  }
  for (const off of ["0", "false", "no", "off", ""]) {
    assert.equal(settingsOf("token", {}, { RUNPASS_QUIET: off }).quiet, false, off);
  }
  assert.throws(
    () => settingsOf("token", {}, { RUNPASS_QUIET: "maybe" }),
    (error) =>
      error instanceof RunpassError && error.code === "invalid_argument" && /RUNPASS_QUIET/.test(error.message),
  );
});

test("lists in the environment are separated by commas", () => {
  const settings = settingsOf("grant", {}, { RUNPASS_TO: "a@example.com, group:b@example.com" });
  assert.deepEqual(settings.list("to"), ["a@example.com", "group:b@example.com"]);
});

test("the form of the output is the command's first unless asked otherwise", () => {
  assert.equal(settingsOf("token", {}, {}).format, "token");
  assert.equal(settingsOf("whoami", {}, {}).format, "text");
  assert.equal(settingsOf("whoami", {}, { RUNPASS_FORMAT: "json" }).format, "json");
  assert.equal(settingsOf("token", { format: "header" }, { RUNPASS_FORMAT: "json" }).format, "header");
});

test("a value that does not fit names where it came from, and the nearest that does", () => {
  const rows: readonly (readonly [Readonly<Record<string, FlagValue>>, Variables, RegExp, string])[] = [
    [{ format: "jsn" }, {}, /--format/, "Did you mean json?"],
    [{}, { RUNPASS_FORMAT: "headr" }, /RUNPASS_FORMAT/, "Did you mean header?"],
    [{ verbosity: "loud" }, {}, /--verbosity/, "Give one of: debug, info, warning, error, critical, none."],
    [{ region: "" }, {}, /--region is empty/, "Give a value, or leave it out."],
    [{ "impersonate-service-account": "" }, {}, /is empty/, "Give a value, or leave it out."],
  ];
  for (const [given, variables, message, fix] of rows) {
    assert.throws(
      () => settingsOf("token", given, variables),
      (error) => error instanceof RunpassError && message.test(error.message) && error.fix === fix,
    );
  }
});
