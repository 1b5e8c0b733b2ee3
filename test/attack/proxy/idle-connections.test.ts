import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { Socket } from "node:net";
import { test } from "node:test";
import { openSocket, run } from "../../support/loopback.ts";
import { startProgram } from "../../support/program.ts";
import { volume } from "../../support/volume.ts";
import { victim } from "./fixture.ts";

const door = victim();

test("some hundred idle connections hinder nobody, and end with the proxy", async () => {
  const sockets: Socket[] = [];
  for (let batch = 0; batch < 4; batch++) {
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => openSocket(door.subject.port)))));
  }
  for (const socket of sockets) socket.on("error", () => {});
  assert.equal((await fetch(door.subject.url)).status, 200);
  const ended = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.resume().once("close", resolve))));
  await door.subject.proxy.close({ deadlineMs: 1_000 });
  await ended;
});

const many = volume({ full: 10_000, share: 1500 });
/** Open files of a process that holds so many connections, and some for itself. */
const files = many + 500;

/** Why so many connections cannot be tried here. */
function tooFewFiles(): string | false {
  if (process.platform === "win32") return "there is no ulimit here";
  const hard = execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }).trim();
  return hard === "unlimited" || Number(hard) >= files ? false : `ulimit -Hn is ${hard}: ${files} are needed`;
}

/** Opens them in a process of its own, makes a request beside them, and says what became of both. */
const attacker = `
  const { connect } = require("node:net");
  const { port, many } = process.env;
  (async () => {
    for (let open = 0; open < many; open += 250) {
      await Promise.all(Array.from({ length: 250 }, () => new Promise((resolve, reject) =>
        connect(port, "127.0.0.1").once("connect", resolve).once("error", reject))));
    }
    const { status } = await fetch("http://127.0.0.1:" + port);
    const metrics = await (await fetch(process.env.admin + "/metrics")).text();
    console.log(JSON.stringify({ status, bytes: Number(/^process_resident_memory_bytes (\\d+)/m.exec(metrics)[1]) }));
    process.exit();
  })();`;

test(`${many} idle connections take little memory, and somebody else is served`, { skip: tooFewFiles() }, async (t) => {
  const variables = { ...process.env, ...(await door.subject.emulator.prepareEnvironment()) };
  const words = ["proxy", "my-service", "--as", "invoker", "--port", "0", "--admin-port", "0", "--format", "json"];
  const { line } = startProgram(t, words, { variables, openFiles: files });
  const { doors, adminUrl = "" } = await line("ready");
  const { port } = new URL(doors[0]?.url ?? "");
  const { stdout, stderr } = await run("sh", ["-c", `ulimit -n ${files} && exec "$node" -e "$attacker"`], {
    ...{ node: process.execPath, attacker, port, many: String(many), admin: adminUrl },
  });
  assert.notEqual(stdout, "", stderr);
  const { status, bytes } = JSON.parse(stdout) as { status: number; bytes: number };
  assert.equal(status, 200);
  assert(bytes < 100 * 1024 * 1024 + many * 30 * 1024, `${Math.round(bytes / 1024 / 1024)} MiB`);
});
