import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../src/emulator/emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import { decodeJwt } from "../../src/google/id-token.ts";
import { copyCodeUrls, gcloudClientId } from "../../src/google/oauth.ts";
import { launchBrowser } from "../support/browser.ts";
import { startBackend } from "../support/loopback.ts";
import type { Backend } from "../support/loopback.ts";

const clientId = "1-desktop.apps.googleusercontent.com";
let emulator: Emulator;
/** Whoever waits for the code on a port of this machine. */
let client: Backend;
let browser: Browser;
before(async () => {
  const oauthClients = [{ id: clientId, name: "Sample <b>application</b>" }];
  [emulator, client, browser] = await Promise.all([
    createEmulator({ ...defaultWorld, oauthClients }),
    startBackend((request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(request.url === "/framing" ? `<iframe src="${authorizeUrl()}"></iframe>` : "<h1>Arrived</h1>");
    }),
    launchBrowser(),
  ]);
});
after(async () => {
  await browser?.close();
  await client?.[Symbol.asyncDispose]();
  await emulator?.close();
});

const verifier = randomBytes(32).toString("base64url");

function authorizeUrl(origin = emulator.url, over: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: client.url.href,
    response_type: "code",
    scope: "openid email",
    state: "the-state",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...over,
  });
  return `${origin}/o/oauth2/v2/auth?${query.toString()}`;
}

test("a person chooses an account and allows, and the application gets tokens for it", async () => {
  await using page = await browser.newPage();
  await page.goto(authorizeUrl());
  assert.equal(await page.title(), "Choose an account - runpass emulator");
  assert.ok(await page.getByText("Sample <b>application</b>").isVisible(), "shown as text");
  assert.ok(await page.getByText("your e-mail address").isVisible());
  await page.getByRole("radio", { name: "admin@example.com" }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Arrived" }).waitFor();
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get("state"), "the-state");
  const response = await fetch(`${emulator.url}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code: searchParams.get("code")!,
      client_id: clientId,
      redirect_uri: client.url.href,
      code_verifier: verifier,
    }),
  });
  const { id_token: idToken } = (await response.json()) as { id_token: string };
  assert.equal(decodeJwt(idToken)?.payload["email"], "admin@example.com");
});

test("Allow without an account does nothing, and Cancel sends the application an error", async () => {
  await using page = await browser.newPage();
  await page.goto(authorizeUrl());
  await page.getByRole("button", { name: "Allow" }).click();
  assert.equal(await page.title(), "Choose an account - runpass emulator");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("heading", { name: "Arrived" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("error"), "access_denied");
});

test("with the keyboard alone a person gets through", async () => {
  await using page = await browser.newPage();
  await page.goto(authorizeUrl(undefined, { login_hint: "dev@example.com" }));
  await page.keyboard.press("Tab");
  assert.equal(await page.locator(":focus").getAttribute("value"), "dev@example.com", "the hint is checked");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Arrived" }).waitFor();
  assert.match(page.url(), /[?&]code=4%2F/);
});

test("a code is copied from a page on this machine where the browser knows no proxy", async () => {
  await using page = await browser.newPage();
  await page.goto(authorizeUrl(undefined, { client_id: gcloudClientId, redirect_uri: copyCodeUrls.gcloud }));
  await page.getByRole("radio", { name: "dev@example.com" }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Copy this code" }).waitFor();
  assert.equal(new URL(page.url()).origin, emulator.url);
  assert.match((await page.locator("#code").textContent()) ?? "", /^4\//);
});

test("a device's code is typed, and the device connected", async () => {
  const started = await fetch(`${emulator.url}/device/code`, {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, scope: "openid" }),
  });
  const { user_code: userCode } = (await started.json()) as { user_code: string };
  await using page = await browser.newPage();
  await page.goto(`${emulator.url}/device`);
  await page.getByRole("textbox", { name: "Code" }).fill(userCode);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "dev@example.com" }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Connected", exact: true }).waitFor();
});

test("the page stands in nobody's frame", async () => {
  await using page = await browser.newPage();
  const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
  await page.goto(new URL("/framing", client.url).href);
  await refused;
  assert.equal(await page.frameLocator("iframe").getByRole("button", { name: "Allow" }).count(), 0);
});

test("a form of another page is not taken, though it knows the ticket", async () => {
  await using page = await browser.newPage();
  await page.goto(authorizeUrl());
  const ticket = await page.locator("[name=ticket]").getAttribute("value");
  await using other = await browser.newPage();
  await other.goto(client.url.href);
  await other.setContent(
    `<form method="post" action="${emulator.url}/o/oauth2/approval"><input name="ticket" value="${ticket}">` +
      `<input name="account" value="dev@example.com"><button name="decision" value="allow">Win a prize</button></form>`,
  );
  await other.getByRole("button").click();
  await other.getByRole("heading", { name: "Error 403: access_denied" }).waitFor();
});

test("through the proxy the pages have Google's addresses", async () => {
  const { url, caCertificate } = emulator;
  await using proxied = await launchBrowser({ proxy: { url, caCertificate } });
  await using page = await proxied.newPage();
  const over = { client_id: gcloudClientId, redirect_uri: copyCodeUrls.gcloud };
  await page.goto(authorizeUrl("https://accounts.google.com", over));
  await page.getByRole("radio", { name: "dev@example.com" }).check();
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Copy this code" }).waitFor();
  assert.ok(page.url().startsWith(copyCodeUrls.gcloud));
});
