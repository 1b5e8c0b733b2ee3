import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";
import { startLogin } from "../support/login.ts";

let line: CommandLine;
let browser: Browser;
before(async () => {
  [line, browser] = await Promise.all([createCommandLine(), launchBrowser()]);
});
after(async () => {
  await browser.close();
  await line[Symbol.asyncDispose]();
});

/** Logins of its own for each test. */
const variablesOf = (name: string): Record<string, string | undefined> => ({
  ...line.variables,
  RUNPASS_CONFIG_DIR: join(line.variables["CLOUDSDK_CONFIG"]!, "..", name),
});

test("Chromium walks through `runpass login`: account, consent, and a page that says it is done", async () => {
  const variables = variablesOf("allow");
  const login = await startLogin(variables, "--no-browser");
  const page = await browser.newPage();
  await page.goto(login.url.href);
  await page.getByLabel("admin@example.com").check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByText("you are logged in as admin@example.com").waitFor();
  assert.equal(new URL(page.url()).hostname, "127.0.0.1");
  await page.close();
  const { code, stderr } = await login.finished;
  assert.equal(code, 0, stderr);
  const { stdout } = await line.runpass(["whoami", "--credentials", "login", "--format", "json"], { variables });
  assert.equal(JSON.parse(stdout).member, "user:admin@example.com");
});

test("in Chromium a refusal is told on the page and in the terminal", async () => {
  const login = await startLogin(variablesOf("deny"), "--no-browser");
  const page = await browser.newPage();
  await page.goto(login.url.href);
  await page.getByRole("button", { name: /Cancel|Deny/ }).click();
  await page.getByText("You are not logged in").waitFor();
  await page.close();
  const { code, stderr } = await login.finished;
  assert.equal(code, 3);
  assert.match(stderr, /the consent was refused \(access_denied\)/);
});

test("pasting: the address that Chromium could not load is all that is needed", async () => {
  const login = await startLogin(variablesOf("paste"), "--no-browser");
  // As on another machine than the one that waits: there is no way to anything but the sign-in page.
  const proxy = { server: "http://127.0.0.1:9", bypass: login.url.host };
  const page = await browser.newPage({ proxy });
  const redirect = login.url.searchParams.get("redirect_uri")!;
  const sent = page.waitForEvent("requestfailed", (request) => request.url().startsWith(redirect));
  await page.goto(login.url.href);
  await page.getByLabel("dev@example.com").check();
  await page.getByRole("button", { name: "Allow" }).click();
  login.type((await sent).url());
  const { code, stderr } = await login.finished;
  await page.close();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /Logged in as dev@example\.com/);
});
