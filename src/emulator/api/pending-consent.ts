import { randomBytes } from "node:crypto";
import { pendingConsentKind } from "../state/oauth-records.ts";
import type { AuthorizationRequest, PendingConsentRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";

/** How long a consent page waits for its answer. */
const lifetimeMs = 600_000;

/** Remembers what a page asks for, and returns the ticket that its form brings back. */
export async function keepPending(
  { store, clock }: State,
  what: { readonly request: AuthorizationRequest } | { readonly deviceCode: string },
): Promise<string> {
  const nowMs = clock.nowMs();
  for (const [ticket, { expiresAtMs }] of store.entries(pendingConsentKind)) {
    if (expiresAtMs <= nowMs) await store.delete(pendingConsentKind, ticket);
  }
  const ticket = randomBytes(32).toString("base64url");
  const pending: PendingConsentRecord = { ...what, expiresAtMs: nowMs + lifetimeMs };
  await store.put(pendingConsentKind, ticket, pending);
  return ticket;
}
