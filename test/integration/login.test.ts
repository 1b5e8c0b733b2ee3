import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodeJwt } from "../../src/google/id-token.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import { createCommandLine } from "../support/command-line.ts";
import type { CommandLine } from "../support/command-line.ts";
import { startLogin } from "../support/login.ts";
import { signIn } from "../support/sign-in.ts";

const client = { id: "123-own.apps.googleusercontent.com", secret: "GOCSPX-own" };
let line: CommandLine;
let folder: string;
let clientFile: string;

before(async () => {
  line = await createCommandLine({
    ...defaultWorld,
    oauthClients: [client],
    services: defaultWorld.services.map((service) => ({ ...service, customAudiences: [client.id] })),
  });
  folder = join(line.variables["CLOUDSDK_CONFIG"]!, "..");
  clientFile = join(folder, "client.json");
  writeFileSync(clientFile, JSON.stringify({ installed: { client_id: client.id, client_secret: client.secret } }));
});
after(() => line[Symbol.asyncDispose]());

/** Each test has logins of its own. */
const own = (name: string): Record<string, string | undefined> => ({
  ...line.variables,
  RUNPASS_CONFIG_DIR: join(folder, name),
});

test("by the browser: the login is kept 0600, gives tokens, comes first, and ends with logout", async () => {
  const variables = own("by-browser");
  const browser = join(import.meta.dirname, "..", "contract", "clients", "browser.ts");
  const process_ = await startLogin({
    ...variables,
    BROWSER: `${process.execPath} --no-warnings ${browser} %s admin@example.com`,
  });
  const { code, stderr } = await process_.finished;
  assert.equal(code, 0, stderr);
  assert.match(stderr, /\[emulator\] Logged in as admin@example\.com; kept in \S+\n/);
  assert.match(stderr, /RUNPASS_CREDENTIALS=gcloud comes first here; to use this login: --credentials login\n/);
  const file = join(variables["RUNPASS_CONFIG_DIR"]!, "logins", "admin@example.com.json");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(file, "..")).mode & 0o777, 0o700);

  const { runpass } = line;
  const token = await runpass(["token", "--credentials", "login"], { variables });
  assert.equal(decodeJwt(token.stdout.trim())?.payload["email"], "admin@example.com", token.stderr);
  const whoami = await runpass(["whoami", "--format", "json"], {
    variables: { ...variables, RUNPASS_CREDENTIALS: undefined, GOOGLE_APPLICATION_CREDENTIALS: undefined },
  });
  assert.equal(JSON.parse(whoami.stdout).source, "runpass login of admin@example.com");

  const refreshToken = JSON.parse(readFileSync(file, "utf8")).refresh_token as string;
  const logout = await runpass(["logout"], { variables });
  assert.deepEqual(
    [logout.exitCode, logout.stderr],
    [0, "[emulator] Logged out admin@example.com: revoked and deleted\n"],
  );
  assert.throws(() => statSync(file), { code: "ENOENT" });
  const gone = await runpass(["token", "--credentials", "login"], { variables });
  assert.deepEqual([gone.exitCode, gone.stdout], [3, ""]);
  assert.match(gone.stderr, /runpass login: none\n.*fix:.*runpass login/);
  const again = await runpass(["logout"], { variables });
  assert.equal(again.exitCode, 5);
  assert.match(again.stderr, /no login to end\n {2}why: nobody has logged in by `runpass login`\n {2}fix: .*gcloud/);
  const form = {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: "32555940559.apps.googleusercontent.com",
  };
  const asked = await fetch(`${line.emulator.url}/token`, { method: "POST", body: new URLSearchParams(form) });
  assert.equal(asked.status, 400, "revoked at Google too");
});

test("a client of one's own: its id is the tokens' audience, which is said, and the service takes it", async () => {
  const variables = own("own-client");
  const login = await startLogin(variables, "--client-secret-file", clientFile, "--no-browser");
  assert.equal(login.url.searchParams.get("client_id"), client.id);
  const target = await signIn(login.url, { account: "admin@example.com" });
  login.type(target.href);
  const { code, stdout, stderr } = await login.finished;
  assert.deepEqual([code, stdout], [0, ""], stderr);
  assert.match(stderr, /gcloud run services update SERVICE --add-custom-audiences 123-own\.apps/);
  assert.ok(!stderr.includes(client.secret));
  const called = await line.runpass(
    ["curl", "--credentials", "login", "my-service", "-s", "-o", "/dev/null", "-w", "%{http_code}"],
    { variables },
  );
  assert.equal(called.stdout, "200", called.stderr);
});

test("by a code that is pasted alone", async () => {
  const login = await startLogin(own("code"), "--no-browser", "--format", "json", "dev@example.com");
  assert.equal(login.url.searchParams.get("login_hint"), "dev@example.com");
  const target = await signIn(login.url);
  login.type(target.searchParams.get("code")!);
  const { code, stdout, stderr } = await login.finished;
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).account, "dev@example.com");
});

test("where no browser starts, the answer can be pasted; the verifier never leaves, the challenge does", async () => {
  const login = await startLogin({ ...own("no-start"), BROWSER: "/nonexistent/browser" });
  assert.match(login.url.searchParams.get("code_challenge")!, /^[\w-]{43}$/);
  assert.equal(login.url.searchParams.get("code_challenge_method"), "S256");
  assert.equal(login.url.searchParams.get("code_verifier"), null);
  login.type("");
  login.type((await signIn(login.url)).href);
  assert.equal((await login.finished).code, 0);
});

test("answers of others are turned away, and the login goes on waiting", async () => {
  const login = await startLogin(own("others"), "--no-browser");
  const redirect = new URL(login.url.searchParams.get("redirect_uri")!);
  for (const path of ["?code=4/evil&state=wrong", "?code=4/evil", "?error=access_denied", "elsewhere"]) {
    const response = await fetch(new URL(path, redirect));
    assert.equal(response.status, path === "elsewhere" ? 404 : 400);
    await response.body?.cancel();
  }
  const target = await signIn(login.url);
  assert.equal(await statusAs("evil.example", target), 404, "by a name of the attacker's");
  const page = await fetch(target);
  const html = await page.text();
  assert.equal(page.status, 200, html);
  assert.match(html, /logged in as dev@example\.com\. This window can be closed/);
  assert.equal((await login.finished).code, 0);
});

function statusAs(host: string, url: URL): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

test("each way in which a login fails is said, keeps nothing, and ends with 3", async () => {
  const cases: readonly (readonly [string, readonly string[], (url: URL) => Promise<string>, RegExp])[] = [
    [
      "refused",
      [],
      async (url) => (await signIn(url, { decision: "deny" })).href,
      /Nobody was signed in\n.*the consent was refused \(access_denied\)\n.*fix: Run runpass login again, and allow/,
    ],
    ["another", [], async () => "http://127.0.0.1/?code=4%2Fx&state=other", /belongs to another sign-in/],
    ["wrong-code", [], async () => "4/wrong", /Google rejected the sign-in\n.*invalid_grant/],
    [
      "account",
      ["admin@example.com"],
      async (url) => (await signIn(url)).href,
      /It was dev@example\.com who signed in/,
    ],
    [
      "secret",
      ["--client-id", client.id],
      async (url) => (await signIn(url)).href,
      /client_secret is missing|does not take the OAuth client/,
    ],
  ];
  await Promise.all(
    cases.map(async ([name, argv, answer, expected]) => {
      const variables = own(`fails-${name}`);
      const login = await startLogin(variables, "--no-browser", ...argv);
      const pasted = await answer(login.url);
      login.type(pasted);
      const { code, stdout, stderr } = await login.finished;
      assert.deepEqual([code, stdout], [3, ""], stderr);
      assert.match(stderr, expected);
      const said = stderr.slice(stderr.indexOf("error:"));
      assert.ok(!said.includes(pasted) && !said.includes(login.url.searchParams.get("state")!));
      assert.throws(() => statSync(join(variables["RUNPASS_CONFIG_DIR"]!, "logins")), { code: "ENOENT" });
    }),
  );
});

test("whoever signs in too late, or ends the input, is told so", async () => {
  const late = await startLogin(own("late"), "--no-browser", "--timeout", "1s");
  const ended = await startLogin(own("ended"), "--no-browser");
  ended.endInput();
  const { code, stderr } = await ended.finished;
  assert.equal(code, 3);
  assert.match(stderr, /No answer was pasted/);
  const result = await late.finished;
  assert.equal(result.code, 3);
  assert.match(result.stderr, /Nobody signed in within 1 s/);
});

test("what a login cannot go on with is said before anything opens", async () => {
  const { runpass } = line;
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [["nobody"], /"nobody" is no e-mail/],
    [["--client-id", "a b"], /no OAuth client's id/],
    [["--client-secret-file", "/nonexistent"], /holds no client secret\n.*no such file/],
    [["--timeout", "soon"], /--timeout cannot be "soon"/],
    [["--port", "70000"], /--port cannot be/],
  ];
  for (const [argv, expected] of rows) {
    const { exitCode, stderr } = await runpass(["login", ...argv]);
    assert.equal(exitCode, 2);
    assert.match(stderr, expected);
  }
  const atGoogle = await runpass(["login"], { variables: { RUNPASS_EMULATOR: undefined } });
  assert.match(atGoogle.stderr, /No OAuth client is given\n.*runpass has none of its own/);
});

test("a logout that Google cannot be told of deletes the login all the same, and says so", async () => {
  const variables = own("away");
  const login = await startLogin(variables, "--no-browser");
  login.type((await signIn(login.url)).href);
  assert.equal((await login.finished).code, 0);
  const nowhere = "http://127.0.0.1:9"; // discard, which nobody serves
  const { exitCode, stderr } = await line.runpass(["logout"], {
    variables: { ...variables, HTTPS_PROXY: nowhere, https_proxy: nowhere },
  });
  assert.equal(exitCode, 6, stderr);
  assert.match(stderr, /The login of dev@example\.com is deleted here, but Google was not told\n.*why:.*\n.*fix: Take/);
  assert.equal((await line.runpass(["logout"], { variables })).exitCode, 5);
});

test("several accounts: the last one is active, others are chosen by --account, and one can be logged out of", async () => {
  const variables = own("several");
  for (const account of ["admin@example.com", "dev@example.com"]) {
    const login = await startLogin(variables, "--no-browser");
    login.type((await signIn(login.url, { account })).href);
    assert.equal((await login.finished).code, 0);
  }
  const { runpass } = line;
  const emailOf = async (...argv: string[]): Promise<unknown> => {
    const { stdout, stderr } = await runpass(["token", "--credentials", "login", ...argv], { variables });
    return decodeJwt(stdout.trim())?.payload["email"] ?? stderr;
  };
  assert.equal(await emailOf(), "dev@example.com");
  assert.equal(await emailOf("--account", "admin@example.com"), "admin@example.com");
  assert.match(String(await emailOf("--account", "other@example.com")), /no login of that account/);
  assert.equal((await runpass(["logout", "dev@example.com"], { variables })).exitCode, 0);
  assert.equal(await emailOf(), "admin@example.com");
});
