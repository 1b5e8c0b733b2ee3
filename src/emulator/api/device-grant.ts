import { randomBytes, randomInt } from "node:crypto";
import type { TokenResponse } from "../../google/oauth.ts";
import { parseScopes } from "../../google/oauth.ts";
import { deviceCodeKind } from "../state/oauth-records.ts";
import type { DeviceCodeRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { issueUserTokens } from "./code-grant.ts";
import { authenticateClient, findClient } from "./oauth-client.ts";
import { OAuthFailure } from "./oauth-form.ts";
import type { Form } from "./oauth-form.ts";

/** Where people type the code that a device shows. */
export const deviceUrl = "https://www.google.com/device";

const lifetimeSeconds = 1800;
/** How long a device waits from one question to the next. */
const intervalSeconds = 5;

/** What Google lets a device ask for. Source: Google's OAuth documentation for limited-input devices, "Allowed scopes". */
const allowedScopes: readonly RegExp[] = [
  /^openid$/,
  /^https:\/\/www\.googleapis\.com\/auth\/(?:userinfo\.(?:email|profile)|drive\.(?:file|appdata)|youtube(?:\.readonly)?)$/,
];

/**
 * Gives a device a code to show, and one to wait with. Source: RFC 8628 §3.1, §3.2; `verification_url` is Google's name.
 *
 * @throws {OAuthFailure}
 */
export async function startDevice(state: State, form: Form): Promise<object> {
  const clientId = form.get("client_id");
  const client = clientId === undefined ? undefined : findClient(state, clientId);
  if (!client) throw new OAuthFailure("invalid_client", "The OAuth client was not found.", 401);
  const scopes = parseScopes(form.get("scope") ?? "");
  if (scopes.length === 0) throw new OAuthFailure("invalid_request", "Missing required parameter: scope");
  const unfit = scopes.find((scope) => !allowedScopes.some((allowed) => allowed.test(scope)));
  if (unfit !== undefined) throw new OAuthFailure("invalid_scope", `Invalid device flow scope: ${unfit}`);
  await removeExpired(state);
  const deviceCode = `AH-1Ng-emulator-${randomBytes(32).toString("base64url")}`;
  const userCode = [newLetters(), newLetters(), newLetters()].join("-");
  await state.store.put(deviceCodeKind, deviceCode, {
    userCode,
    clientId: client.id,
    scopes,
    expiresAtMs: state.clock.nowMs() + lifetimeSeconds * 1000,
  });
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_url: deviceUrl,
    expires_in: lifetimeSeconds,
    interval: intervalSeconds,
  };
}

/**
 * Answers a device that asks whether its user has decided. Source: RFC 8628 §3.4, §3.5; statuses observed for
 * `authorization_pending`, the others by analogy.
 *
 * @throws {OAuthFailure}
 */
export async function pollDevice(state: State, form: Form): Promise<TokenResponse> {
  const client = authenticateClient(state, form);
  const deviceCode = form.get("device_code");
  if (deviceCode === undefined) throw new OAuthFailure("invalid_request", "Missing required parameter: device_code");
  const { store, clock } = state;
  const found = store.get(deviceCodeKind, deviceCode)?.value;
  if (!found || found.clientId !== client.id) throw new OAuthFailure("invalid_grant", "Malformed device code.");
  const nowMs = clock.nowMs();
  if (found.expiresAtMs <= nowMs) throw new OAuthFailure("expired_token", "The device code has expired.");
  if (found.isDenied === true) throw new OAuthFailure("access_denied", "Forbidden", 403);
  if (found.subject === undefined) {
    await store.put(deviceCodeKind, deviceCode, { ...found, askedAtMs: nowMs });
    const isTooSoon = found.askedAtMs !== undefined && nowMs - found.askedAtMs < intervalSeconds * 1000;
    throw isTooSoon
      ? new OAuthFailure("slow_down", "Forbidden", 403)
      : new OAuthFailure("authorization_pending", "Precondition Required", 428);
  }
  await store.delete(deviceCodeKind, deviceCode);
  return issueUserTokens(state, { ...found, subject: found.subject, offline: true });
}

/** The device that shows `text`, which a person has typed: small letters and missing hyphens do not matter. */
export function findDevice(state: State, text: string): readonly [string, DeviceCodeRecord] | undefined {
  const letters = plain(text);
  return state.store
    .entries(deviceCodeKind)
    .find(
      ([, { userCode, expiresAtMs, subject, isDenied }]) =>
        plain(userCode) === letters &&
        expiresAtMs > state.clock.nowMs() &&
        subject === undefined &&
        isDenied === undefined,
    );
}

function plain(text: string): string {
  return text.toUpperCase().replace(/[^A-Z]/g, "");
}

/** No vowels, so no words: RFC 8628 §6.1. */
function newLetters(): string {
  const letters = "BCDFGHJKLMNPQRSTVWXZ";
  return Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
}

/** A device may ask a little longer, and hear that its code has expired. */
async function removeExpired({ store, clock }: State): Promise<void> {
  for (const [deviceCode, { expiresAtMs }] of store.entries(deviceCodeKind)) {
    if (expiresAtMs + lifetimeSeconds * 1000 <= clock.nowMs()) await store.delete(deviceCodeKind, deviceCode);
  }
}
