import type { Context } from "../core/context.ts";
import { describeNetworkFailure } from "../google/call.ts";
import { revocationUrl } from "../google/oauth.ts";
import type { StoredLogin } from "./login-store.ts";

/**
 * Tells Google that a login is over: all of its tokens but ID tokens end with it. Source: RFC 7009.
 *
 * @returns a clause where Google could not be told; a login that Google knows no more is over too.
 */
export async function revokeLogin(
  { fetch, signal }: Context,
  { refreshToken }: StoredLogin,
): Promise<string | undefined> {
  const { host } = new URL(revocationUrl);
  try {
    const response = await fetch(revocationUrl, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token: refreshToken }).toString(), // never in the address
      ...(signal ? { signal } : {}),
    });
    const text = await response.text();
    const isOver = response.ok || (response.status === 400 && /"invalid_token"/.test(text));
    return isOver ? undefined : `${host} answered ${response.status}`;
  } catch (cause) {
    return `${host} cannot be reached: ${describeNetworkFailure(cause)}`;
  }
}
