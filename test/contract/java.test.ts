import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { missingCommand, run, startSubject } from "./fixture.ts";

/** A few requests do not repay an optimising compiler and a garbage collector with threads. */
const quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

test(
  "Java's own client gets to read a refusal, however much it meant to send",
  { skip: missingCommand("javac") },
  async () => {
    await using subject = await startSubject();
    const program = join(import.meta.dirname, "clients", "Post.java");
    const { stdout, stderr } = await run(subject, "java", [...quick, program, subject.serviceUrl, "1000000"]);
    assert.equal(stdout, "403 HTTP_2\n403 HTTP_2\n", stderr);
  },
);
