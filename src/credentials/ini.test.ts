import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIni } from "./ini.ts";

test("sections, both separators, comments and continued lines are read as Python's configparser does", () => {
  const text =
    "\uFEFF# top\n[core]\r\nAccount = dev@example.com\n; no\nproject: p=1:2\n[run]\nregion =\n  us-central1\n";
  const sections = parseIni(text, (line) => assert.fail(`line ${line}`));
  assert.equal(sections.get("core")?.get("account"), "dev@example.com");
  assert.equal(sections.get("core")?.get("project"), "p=1:2");
  assert.equal(sections.get("run")?.get("region"), "us-central1");
});

test("a stray line is named by its number, and the rest still counts", () => {
  const stray: number[] = [];
  const sections = parseIni("account = too-early\n[core]\nwhat is this\nproject = p\n= x\n", (line) =>
    stray.push(line),
  );
  assert.deepEqual(stray, [1, 3, 5]);
  assert.deepEqual([...(sections.get("core") ?? [])], [["project", "p"]]);
});
