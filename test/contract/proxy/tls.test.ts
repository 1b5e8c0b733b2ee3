import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createCertificateIssuer } from "../../../src/emulator/certificates/certificate-issuer.ts";
import { createEmulator } from "../../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../../src/emulator/emulator.ts";
import { curl, startBackend } from "../../support/loopback.ts";
import type { Backend } from "../../support/loopback.ts";
import { runCommandLine } from "../../support/command-line.ts";
import { startProgram } from "../../support/program.ts";
import { callableWorld } from "../../support/proxy.ts";

let directory: string;
let backend: Backend;
let emulator: Emulator;
let variables: NodeJS.ProcessEnv;

before(async () => {
  backend = await startBackend((request, response) => {
    response.setHeader("location", `https://${request.headers.host}/next`);
    response.setHeader("set-cookie", `a=1; Domain=${request.headers.host}; Secure; SameSite=None`);
    response.setHeader("strict-transport-security", "max-age=1");
    response.end(/proto=(\w+)/.exec(request.headers["forwarded"] ?? "")?.[1]);
  });
  emulator = await createEmulator(callableWorld(backend.url.href));
  variables = { ...process.env, ...(await emulator.prepareEnvironment()) };
  directory = await mkdtemp(join(tmpdir(), "runpass-"));
  const issuer = createCertificateIssuer(["localhost"]);
  const { cert, key } = issuer.issue("localhost");
  await Promise.all([
    writeFile(join(directory, "ca.pem"), issuer.certificate),
    writeFile(join(directory, "cert.pem"), cert),
    writeFile(join(directory, "key.pem"), key),
  ]);
});

after(async () => {
  await emulator.close();
  await backend[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const file = (name: string): string => join(directory, name);
const words = ["proxy", "my-service", "--as", "invoker", "--port", "0", "--format", "json"];

test("curl gets HTTP/1.1 and HTTP/2 over TLS on the port that also serves the clear, with addresses to match", async (t) => {
  const tls = ["--tls-cert", file("cert.pem"), "--tls-key", file("key.pem")];
  const { line } = startProgram(t, [...words, ...tls], { variables });
  const { doors } = await line("ready");
  const url = new URL(doors[0]?.url ?? "");
  assert.equal(url.protocol, "https:");
  const local = `https://localhost:${url.port}`;
  for (const [option, version] of [
    ["--http1.1", "1.1"],
    ["--http2", "2"],
  ] as const) {
    const { stdout, stderr } = await curl(option, "-i", "--cacert", file("ca.pem"), local);
    assert.match(stdout, new RegExp(`^HTTP/${version} 200`), stderr);
    assert.match(stdout, /\r\n\r\nhttps$/);
    assert.match(stdout, new RegExp(`\r\nlocation: ${local}/next\r\n`, "i"));
    assert.match(stdout, /\r\nset-cookie: a=1; Secure; SameSite=None\r\n/i);
    assert.match(stdout, /\r\nstrict-transport-security: max-age=1\r\n/i);
  }
  assert.equal((await curl(`http://localhost:${url.port}`)).stdout, "http");
  const { code, stderr } = await curl("--cacert", file("ca.pem"), `https://127.0.0.1:${url.port}`);
  assert.notEqual(code, 0, "the certificate is for localhost alone");
  assert.match(stderr, /127\.0\.0\.1/);
});

test("a certificate without its key, of another key, or that is none is told before anything listens", async () => {
  const { key } = createCertificateIssuer(["localhost"]).issue("localhost");
  await writeFile(file("other.pem"), key);
  await writeFile(file("none.pem"), "nothing");
  const cases: readonly (readonly [cert: string, key: string | undefined, says: RegExp])[] = [
    ["cert.pem", undefined, /Give both/],
    ["cert.pem", "other.pem", /key .*does not belong|cannot be used/],
    ["none.pem", "key.pem", /cannot be used/],
    ["missing.pem", "key.pem", /cannot be read[^]*ENOENT/],
  ];
  await Promise.all(
    cases.map(async ([cert, itsKey, says]) => {
      const tls = ["--tls-cert", file(cert), ...(itsKey === undefined ? [] : ["--tls-key", file(itsKey)])];
      const { exitCode, stderr } = await runCommandLine([...words, ...tls], variables);
      assert.equal(exitCode, 2, `${cert}: ${stderr}`);
      assert.match(stderr, says);
    }),
  );
});
