import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { missingCommand, run, startSubject } from "./fixture.ts";

function missingJdk(): string | false {
  if (missingCommand("java")) return "no java on PATH";
  const { stdout } = spawnSync("java", ["--list-modules"], { encoding: "utf8" });
  return stdout.includes("jdk.compiler") ? false : "no java that compiles";
}

test("Java's own client gets to read a refusal, however much it meant to send", { skip: missingJdk() }, async () => {
  await using subject = await startSubject();
  const program = join(import.meta.dirname, "clients", "Post.java");
  const { stdout, stderr } = await run(subject, "java", [program, subject.serviceUrl, "1000000"]);
  assert.equal(stdout, "403 HTTP_2\n403 HTTP_2\n", stderr);
});
