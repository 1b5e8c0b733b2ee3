import { readVariable } from "../../core/environment.ts";
import { RunpassError } from "../../core/errors.ts";
import { isEmail } from "../../credentials/fields.ts";
import { writeLogin } from "../../credentials/login-store.ts";
import type { StoredLogin } from "../../credentials/login-store.ts";
import { createRedirectServer } from "../../credentials/redirect-server.ts";
import type { RedirectAnswer, RedirectServer } from "../../credentials/redirect-server.ts";
import { beginSignIn, finishSignIn, isAnswerTo, randomText, readCode } from "../../credentials/sign-in.ts";
import type { SignIn } from "../../credentials/sign-in.ts";
import { gcloudClientId } from "../../google/oauth.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { readLoginClient } from "../login-client.ts";
import { openBrowser } from "../open-browser.ts";
import { readPastedAnswer } from "../pasted-answer.ts";
import { openSession } from "../session.ts";

export const execute: Execute = async (invocation) => {
  const { io, printer, settings } = invocation;
  const account = readAccount(invocation.arguments[0]);
  const session = openSession(invocation);
  const { context, emulatorUrl } = session;
  const client = readLoginClient(io, settings, emulatorUrl !== undefined);
  const timeoutMs = readTimeout(settings.text("timeout") ?? "5m");
  const state = randomText();
  await using server = await createRedirectServer(readPort(settings.text("port")), (query) => isAnswerTo(state, query));
  const signIn = beginSignIn({ client, redirectUri: server.redirectUri, account, emulatorUrl, state });
  const answer = await waitForAnswer(invocation, server, signIn, timeoutMs);
  let login: StoredLogin;
  try {
    login = await finishSignIn(context, signIn, readCode(answer.query));
    if (account !== undefined && account !== login.account) throw otherAccount(login.account, account);
  } catch (error) {
    answer.show("You are not logged in. The terminal says why; this window can be closed.", false);
    throw error;
  }
  const file = writeLogin(io.environment, login);
  answer.show(`Done: you are logged in as ${login.account}. This window can be closed.`, true);
  const needsAudience = login.clientId !== gcloudClientId;
  if (settings.format === "json") {
    printer.json({ account: login.account, clientId: login.clientId, file, needsCustomAudience: needsAudience });
    return;
  }
  const where = emulatorUrl === undefined ? "" : "[emulator] ";
  printer.note(`${where}Logged in as ${login.account}; kept in ${file}`);
  if (needsAudience) printer.note(audienceNote(login.clientId));
  const first = comesFirst(invocation);
  if (first !== undefined) printer.note(`${first} comes first here; to use this login: --credentials login`);
};

/** By the browser, and where there is none by what the user pastes; whichever comes first. */
async function waitForAnswer(
  invocation: Invocation,
  server: RedirectServer,
  signIn: SignIn,
  timeoutMs: number,
): Promise<RedirectAnswer> {
  const { io, printer, settings } = invocation;
  const timer = new AbortController();
  const stopWaiting = setTimeout(() => timer.abort(), timeoutMs);
  const timedOut = new Promise<never>((_resolve, reject) => {
    timer.signal.addEventListener("abort", () => reject(tooLate(timeoutMs)));
  });
  const paste = async (): Promise<RedirectAnswer> => {
    printer.note(`Open this address in a browser, and sign in:\n\n    ${signIn.url}\n`);
    printer.note("If the browser then shows a page that it cannot load, copy its address, and paste it here:");
    const query = await readPastedAnswer(io.stdin, signIn.state, timer.signal);
    return { query, show: () => {} };
  };
  const browse = async (): Promise<RedirectAnswer> => {
    const browser = settings.has("no-browser") ? undefined : await openBrowser(io, signIn.url);
    if (!browser) return paste();
    printer.note(`A browser opens; sign in there. If none does, open this address:\n\n    ${signIn.url}\n`);
    await browser.failed;
    printer.note("No browser could be opened.");
    return paste();
  };
  try {
    return await Promise.race([server.answer, timedOut, browse()]);
  } finally {
    clearTimeout(stopWaiting);
    timer.abort();
    io.stdin.destroy(); // nobody reads it any more, and it would hold up the end
  }
}

function audienceNote(clientId: string): string {
  return [
    `Its ID tokens are for the OAuth client, and a service takes them only as a custom audience:`,
    `    gcloud run services update SERVICE --add-custom-audiences ${clientId}`,
    "(Google documents custom audiences, but not for users' tokens; --as SERVICE_ACCOUNT needs none.)",
  ].join("\n");
}

/** What else decides who one is, before a login does. */
function comesFirst({ io: { environment } }: Invocation): string | undefined {
  const chosen = readVariable(environment, "RUNPASS_CREDENTIALS");
  if (chosen !== undefined) return chosen === "login" ? undefined : `RUNPASS_CREDENTIALS=${chosen}`;
  return readVariable(environment, "GOOGLE_APPLICATION_CREDENTIALS") && "GOOGLE_APPLICATION_CREDENTIALS";
}

function readAccount(text: string | undefined): string | undefined {
  if (text === undefined || isEmail(text)) return text?.toLowerCase();
  throw wrong(`${JSON.stringify(text)} is no e-mail`, "Give the account's e-mail, or nothing to choose in the browser");
}

function readPort(text = "0"): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port < 65_536) return port;
  throw wrong(`--port cannot be ${JSON.stringify(text)}`, "Give a number up to 65535");
}

function readTimeout(text: string): number {
  const [, amount, unit = "s"] = /^(\d{1,5})([sm])?$/.exec(text) ?? [];
  if (amount !== undefined && Number(amount) > 0) return Number(amount) * (unit === "m" ? 60_000 : 1_000);
  throw wrong(`--timeout cannot be ${JSON.stringify(text)}`, "Give seconds or minutes: 90s, 5m");
}

function wrong(message: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, fix });
}

function tooLate(timeoutMs: number): RunpassError {
  return new RunpassError({
    code: "login_failed",
    message: `Nobody signed in within ${timeoutMs / 1000} s`,
    why: "no answer came back from the browser: it was closed, or Google showed an error there",
    fix: "Run runpass login again; with --no-browser the answer can be pasted",
  });
}

function otherAccount(found: string, expected: string): RunpassError {
  return new RunpassError({
    code: "login_failed",
    message: `It was ${found} who signed in, not ${expected}`,
    why: "the browser used another account; nothing was kept",
    fix: `Choose ${expected} in the browser, or log in as ${found}: runpass login ${found}`,
  });
}
