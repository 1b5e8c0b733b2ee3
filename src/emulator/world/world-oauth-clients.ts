import { adcClientId, gcloudClientId } from "../../google/oauth.ts";
import { oauthClientKind } from "../state/oauth-records.ts";
import type { Store } from "../state/store.ts";
import type { World } from "./world.ts";

/** What is wrong with the OAuth clients of a world, or `undefined`. */
export function findOAuthClientFault({ oauthClients = [] }: World): string | undefined {
  const ids = [gcloudClientId, adcClientId];
  for (const { id, redirectUris = [] } of oauthClients) {
    if (!/^[\w-]+\.apps\.googleusercontent\.com$/.test(id))
      return `${JSON.stringify(id)} cannot be an OAuth client's id: it ends in .apps.googleusercontent.com`;
    if (ids.includes(id)) return `the world has two of OAuth client ${id}`;
    ids.push(id);
    const unfit = redirectUris.find((uri) => !isRedirectUri(uri));
    if (unfit !== undefined)
      return `${JSON.stringify(unfit)} cannot get codes for ${id}: it must be https, or http on this machine, without a fragment`;
  }
  return undefined;
}

export function addOAuthClients(store: Store, { oauthClients = [] }: World): void {
  for (const { id, name = id, secret, redirectUris } of oauthClients) {
    void store.put(oauthClientKind, id, {
      id,
      name,
      ...(secret === undefined ? {} : { secret }),
      loopback: redirectUris === undefined,
      redirectUris: redirectUris ?? [],
    });
  }
}

/** Source: Google's documentation of OAuth clients, "Redirect URI validation rules". */
function isRedirectUri(uri: string): boolean {
  const url = URL.parse(uri);
  if (!url || uri.includes("#") || url.username !== "" || url.password !== "") return false;
  return (
    url.protocol === "https:" || (url.protocol === "http:" && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
  );
}
