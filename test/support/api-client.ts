import { createMovableClock } from "../../src/core/clock.ts";
import type { MovableClock } from "../../src/core/clock.ts";
import { createApis } from "../../src/emulator/api/apis.ts";
import type { ApiAnswer } from "../../src/emulator/api/route.ts";
import { issueAccessToken } from "../../src/emulator/issue-tokens.ts";
import { createState } from "../../src/emulator/state/create-state.ts";
import type { State } from "../../src/emulator/state/state.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import type { World } from "../../src/emulator/world/world.ts";
import { cloudPlatformScope } from "../../src/google/oauth.ts";

/** The emulated APIs without a server: what a test sends them, and as whom. */
export interface ApiClient {
  readonly state: State;
  readonly clock: MovableClock;
  /** Calls a JSON API as a user or service account of the world. */
  as(email: string): (route: string, body?: object) => Promise<ApiAnswer>;
  /** Sends a form to an OAuth endpoint: `POST oauth2.googleapis.com/token`. */
  form(route: string, form: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  /** Sends whatever a test likes. */
  send(route: string, headers: Readonly<Record<string, string>>, body: string): Promise<ApiAnswer>;
}

export function createApiClient(world: World = defaultWorld): ApiClient {
  const clock = createMovableClock();
  const state = createState(world, clock);
  const apis = createApis(state);

  const send: ApiClient["send"] = (route, headers, body) => {
    const [method = "", address = ""] = route.split(" ");
    const url = new URL(`https://${address}`);
    return apis.answer({
      method,
      host: url.host,
      authority: url.host,
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: Buffer.from(body),
    });
  };
  return {
    state,
    clock,
    send,
    as: (email) => async (route, body) => {
      const subject = state.findUser(email)?.subject ?? state.findAccount(email)?.uniqueId ?? "";
      const { accessToken } = await issueAccessToken(state, {
        subject,
        clientId: "test",
        scopes: [cloudPlatformScope],
      });
      const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
      return send(route, headers, body === undefined ? "" : JSON.stringify(body));
    },
    form: (route, form) =>
      send(route, { "content-type": "application/x-www-form-urlencoded" }, new URLSearchParams(form).toString()),
  };
}

/** The message of a Google API's error. */
export function messageOf(answer: ApiAnswer): string {
  return (answer.body as { error: { message: string } }).error.message;
}
