import type { Answer, Context, Fetch } from "../../src/core/context.ts";
import { silentLogger } from "../../src/core/context.ts";
import { RunpassError } from "../../src/core/errors.ts";
import type { Credential } from "../../src/credentials/credential.ts";
import { createApis } from "../../src/emulator/api/apis.ts";
import { createGateView } from "../../src/emulator/gate-view.ts";
import { issueAccessToken, issueUserIdToken } from "../../src/emulator/issue-tokens.ts";
import { createState } from "../../src/emulator/state/create-state.ts";
import type { State } from "../../src/emulator/state/state.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { createGate } from "../../src/gate/gate.ts";
import type { Gate } from "../../src/gate/gate.ts";
import { cloudPlatformScope, emailScope, gcloudClientId } from "../../src/google/oauth.ts";
import { isRunAppHost } from "../../src/google/run-name.ts";

/** A whole world without a server, at a time that stands still: APIs and front end answer in this process. */
export interface GoogleInProcess {
  readonly state: State;
  readonly gate: Gate;
  /** A user as logged in to gcloud, with the network between: what was read once is not worked out again. */
  logIn(
    email: string,
  ): Promise<{ readonly context: Context; readonly credential: Credential; readonly accessToken: string }>;
}

export function createGoogleInProcess(world: World, nowMs: number): GoogleInProcess {
  const clock = { nowMs: () => nowMs };
  const state = createState(world, clock);
  const gate = createGate(createGateView(state), clock, state.facts);
  const apis = createApis(state);

  const send: Fetch = async (url, init = {}) => {
    const { host, pathname, search, searchParams } = new URL(url);
    const headers = (init.headers ?? {}) as Readonly<Record<string, string>>;
    const method = init.method ?? "GET";
    if (isRunAppHost(host)) {
      const rawHeaders = Object.entries(headers).flat();
      const decision = gate.decide({ method, host, path: pathname + search, rawHeaders });
      return decision.allowed ? answerOf(200, {}, "hello") : answerOf(decision.status, decision.headers, decision.body);
    }
    const body = Buffer.from(typeof init.body === "string" ? init.body : "");
    const answer = await apis.answer({
      method,
      host,
      authority: host,
      path: pathname,
      query: searchParams,
      headers,
      body,
    });
    return answerOf(answer.status, answer.headers, JSON.stringify(answer.body));
  };

  return {
    state,
    gate,
    logIn: async (email) => {
      const user = state.findUser(email);
      if (!user) throw new TypeError(`the world has no user ${email}`);
      const scopes = [cloudPlatformScope, emailScope];
      const { accessToken } = await issueAccessToken(state, {
        subject: user.subject,
        clientId: gcloudClientId,
        scopes,
      });
      const credential: Credential = {
        kind: "authorized_user",
        source: "a login",
        principal: email,
        member: `user:${email}`,
        fingerprint: email,
        oauthClientId: gcloudClientId,
        canChooseAudience: false,
        givesIdToken: true,
        givesAccessToken: true,
        accessToken: async () => accessToken,
        idToken: async (audience) => {
          if (audience !== undefined) throw new RunpassError({ code: "audience_not_supported", message: "A user's" });
          const token = await issueUserIdToken(state, user, { clientId: gcloudClientId, accessToken, scopes });
          return { token, source: "minted" };
        },
      };
      // No token is to be kept: each world has others.
      const variables = { RUNPASS_CACHE_DIR: "/dev/null/no-cache" };
      const environment = { variables, homeDir: "/nonexistent", platform: process.platform };
      return { context: { environment, clock, fetch: remembering(send), log: silentLogger }, credential, accessToken };
    },
  };
}

/** As much of a response as anybody here reads: real ones cost more than all the rest. */
function answerOf(status: number, headers: Readonly<Record<string, string>> | undefined, text: string): Answer {
  const body = {
    cancel: async () => {},
    [Symbol.asyncIterator]: async function* () {
      yield Buffer.from(text);
    },
  };
  const ok = status < 400;
  const json = async (): Promise<unknown> => JSON.parse(text);
  return {
    ok,
    status,
    get headers() {
      return new Headers(headers);
    },
    text: async () => text,
    json,
    body,
  };
}

/** Policies do not change here. */
function remembering(fetch: Fetch): Fetch {
  const known = new Map<string, Promise<Answer>>();
  return async (url, init) => {
    const isRead = !/iamcredentials|\.run\.app/.test(url);
    if (!isRead) return fetch(url, init);
    const key = `${init?.method} ${url} ${JSON.stringify(init?.body)}`;
    let answer = known.get(key);
    if (!answer) known.set(key, (answer = fetch(url, init)));
    return answer;
  };
}
