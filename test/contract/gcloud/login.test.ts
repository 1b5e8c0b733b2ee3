import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { signIn } from "../../support/sign-in.ts";
import { missingCommand, run, startSubject } from "../fixture.ts";
import type { Finished, Subject } from "../fixture.ts";
import { runGcloud } from "./run-gcloud.ts";

const skip = missingCommand("gcloud");
/** A login that asks for what nobody gives would wait for ever. */
const timeoutMs = 60_000;
let subject: Subject;
before(async () => {
  subject = await startSubject();
});
after(() => subject[Symbol.asyncDispose]());

/** Runs a login that prints an address and asks for a code; whoever sits there opens the one and brings the other. */
async function loginByCode(config: string, [command, ...args]: readonly [string, ...string[]]): Promise<Finished> {
  const { GOOGLE_APPLICATION_CREDENTIALS: _asked, ...variables } = subject.variables; // gcloud would ask about it
  const env = { ...variables, CLOUDSDK_CONFIG: config, PYTHONWARNINGS: "ignore" };
  const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "pipe"], timeout: timeoutMs });
  const output = { stdout: "", stderr: "" };
  let isAnswered = false;
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      const address = /^ +(http\S+)\n/m.exec(output[name])?.[1];
      if (address === undefined || isAnswered) return;
      isAnswered = true;
      copyCode(address).then((code) => child.stdin.end(`${code}\n`), reject);
    });
  }
  child.once("error", reject);
  child.once("close", (code) => resolve({ code, ...output }));
  return promise;
}

/** Allows as the administrator, and reads the code from the page as a person would. */
async function copyCode(address: string): Promise<string> {
  const page = await (await fetch(await signIn(address, { account: "admin@example.com" }))).text();
  return /id="code">([^<]+)</.exec(page)![1]!;
}

const emptyConfig = (name: string): string => join(subject.variables["CLOUDSDK_CONFIG"]!, "..", name);

// Both at once: gcloud takes seconds for every command.
test("gcloud logs in without a browser, for itself and for Application Default Credentials", { skip }, async () => {
  const [login, adc] = await Promise.all([
    loginByCode(emptyConfig("by-code"), ["gcloud", "auth", "login", "--no-launch-browser", "--brief"]),
    loginByCode(emptyConfig("adc"), ["gcloud", "auth", "application-default", "login", "--no-launch-browser"]),
  ]);
  assert.equal(login.code, 0, login.stderr);
  assert.equal(adc.code, 0, adc.stderr);
  const stored = JSON.parse(await readFile(join(emptyConfig("adc"), "application_default_credentials.json"), "utf8"));
  assert.match(stored.client_id, /^764086051850-/);
  const printed = await runGcloud(subject, ["auth", "print-identity-token", "admin@example.com"], {
    CLOUDSDK_CONFIG: emptyConfig("by-code"),
  });
  assert.equal(printed.code, 0, printed.stderr);
  const claims = JSON.parse(Buffer.from(printed.stdout.split(".")[1]!, "base64url").toString());
  assert.equal(claims.email, "admin@example.com");
  assert.equal(claims.aud, "32555940559.apps.googleusercontent.com");
});

test("gcloud logs in by a browser that is sent back to it", { skip }, async () => {
  const browser = join(import.meta.dirname, "../clients", "browser.ts");
  const { code, stderr } = await run(subject, "gcloud", ["auth", "login", "--brief"], {
    CLOUDSDK_CONFIG: emptyConfig("by-browser"),
    PYTHONWARNINGS: "ignore",
    DISPLAY: ":0", // gcloud opens no browser where there is no screen
    BROWSER: `${process.execPath} --no-warnings ${browser} %s dev@example.com &`,
  });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Your browser has been opened to visit:\s+http:\/\/127\.0\.0\.1:\d+\/o\/oauth2\/auth\?/);
});
