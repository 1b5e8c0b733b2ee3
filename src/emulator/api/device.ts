import { deviceCodeKind } from "../state/oauth-records.ts";
import { userKind } from "../state/records.ts";
import type { State } from "../state/state.ts";
import { showConsent, withProblems } from "./authorize-pages.ts";
import { findDevice, startDevice } from "./device-grant.ts";
import { html, pageAnswer } from "./html.ts";
import type { PlainEndpoint } from "./method.ts";
import { findClient } from "./oauth-client.ts";
import { guarded, OAuthFailure, readForm } from "./oauth-form.ts";
import { keepPending } from "./pending-consent.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** What a device without a browser asks, and the page on which its user types the code that it shows. Source: RFC 8628 §3. */
export const deviceEndpoints: readonly PlainEndpoint[] = [
  ...["/device/code", "/o/oauth2/device/code"].map((path): PlainEndpoint => ({
    route: `POST ${path}`,
    answer: guarded(async (state, call) => ({ status: 200, body: await startDevice(state, readForm(call)) })),
  })),
  { route: "GET /device", answer: withProblems(ask) },
];

async function ask(state: State, { query }: ApiCall): Promise<ApiAnswer> {
  const text = query.get("user_code");
  if (text === null || text === "") return showEntry();
  const found = findDevice(state, text);
  if (!found) return showEntry(text);
  const [deviceCode, { clientId, scopes }] = found;
  const client = findClient(state, clientId);
  if (!client) throw new OAuthFailure("invalid_client", "The OAuth client was not found.", 401);
  const users = state.store.list(userKind).filter((user) => user.state !== "deleted");
  return showConsent({ client, scopes, users, ticket: await keepPending(state, { deviceCode }) });
}

function showEntry(unknown?: string): ApiAnswer {
  return pageAnswer(
    { title: "Connect a device", status: unknown === undefined ? 200 : 400 },
    html`<p>Type the code that your device shows.</p>
      ${unknown === undefined ? [] : [html`<p role="alert">No device waits with the code ${unknown}.</p>`]}
      <form method="get" action="/device">
        <label for="user_code">Code</label>
        <input type="text" id="user_code" name="user_code" autocomplete="off" autocapitalize="characters" required />
        <button>Next</button>
      </form>`,
  );
}

/** Keeps what a user has decided, for the device to hear. @param subject Whom it may act for; `undefined`: nobody. */
export async function decideDevice(
  { store }: State,
  deviceCode: string,
  subject: string | undefined,
): Promise<ApiAnswer> {
  const found = store.get(deviceCodeKind, deviceCode)?.value;
  if (!found) throw new OAuthFailure("expired_token", "The device does not wait any more.");
  await store.put(deviceCodeKind, deviceCode, {
    ...found,
    ...(subject === undefined ? { isDenied: true } : { subject }),
  });
  return subject === undefined
    ? pageAnswer({ title: "Not connected" }, html`<p>The device gets nothing. You may close this page.</p>`)
    : pageAnswer({ title: "Connected" }, html`<p>The device goes on by itself. You may close this page.</p>`);
}
