import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { publishedCommand } from "../support/published-command.ts";

const skip = existsSync("/dev/full") ? false : "no /dev/full, which is as good as a full disk";

test("where the output finds no room, an error says so instead of a stack", { skip }, async () => {
  const full = await open("/dev/full", "w");
  const child = spawn(process.execPath, [publishedCommand, "emulator", "facts"], {
    stdio: ["ignore", full.fd, "pipe"],
  });
  const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, "close")]);
  await full.close();
  assert.equal(code, 1);
  assert.match(stderr, /error: The output cannot be written\n {2}why: no space is left on the device\n {2}fix: .*\n$/);
});
