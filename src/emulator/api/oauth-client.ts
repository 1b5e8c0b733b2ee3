import { adcClientId, copyCodeUrls, gcloudClientId } from "../../google/oauth.ts";
import { equalSecrets } from "../../http/guard.ts";
import { oauthClientKind } from "../state/oauth-records.ts";
import type { OAuthClientRecord } from "../state/oauth-records.ts";
import type { State } from "../state/state.ts";
import { OAuthFailure } from "./oauth-form.ts";
import type { Form } from "./oauth-form.ts";

/** gcloud's own clients. Their secrets are published, so nobody is asked for them. */
const googleClients: readonly OAuthClientRecord[] = [
  { id: gcloudClientId, name: "Google Cloud SDK", loopback: true, redirectUris: [copyCodeUrls.gcloud] },
  { id: adcClientId, name: "Google Auth Library", loopback: true, redirectUris: [copyCodeUrls.adc] },
];

/** A client by its id: one of gcloud's, or of the world's. */
export function findClient(state: State, id: string): OAuthClientRecord | undefined {
  return googleClients.find((client) => client.id === id) ?? state.store.get(oauthClientKind, id)?.value;
}

/**
 * The client that a request to the token endpoint comes from. Source: RFC 6749 §2.3; texts observed.
 *
 * @throws {OAuthFailure} `invalid_client` for one that nobody knows, or whose secret is another.
 */
export function authenticateClient(state: State, form: Form): OAuthClientRecord {
  const id = form.get("client_id");
  if (id === undefined) throw new OAuthFailure("invalid_request", "Could not determine client ID from request.");
  const client = findClient(state, id);
  if (!client) throw new OAuthFailure("invalid_client", "The OAuth client was not found.", 401);
  if (client.secret === undefined) return client;
  const given = form.get("client_secret");
  if (given === undefined) throw new OAuthFailure("invalid_request", "client_secret is missing.");
  if (!equalSecrets(given, client.secret)) throw new OAuthFailure("invalid_client", "Unauthorized", 401);
  return client;
}

/** Loopback by name or number, any port and path. Not a URL parser's view: what it would repair is no redirect URI of ours. */
const loopback = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:\/[\w\-./~!$&'()*+,;=:@%?]*)?$/;

/** Whether a client may have codes sent to `uri`. Source: RFC 8252 §7.3, §8.3; RFC 9700 §2.1: all else is compared exactly. */
export function isRedirectAllowed(client: OAuthClientRecord, uri: string): boolean {
  return client.redirectUris.includes(uri) || (client.loopback && loopback.test(uri) && URL.canParse(uri));
}
