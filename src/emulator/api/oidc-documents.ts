import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { googleIssuer } from "../../google/id-token.ts";
import { authorizationUrl, deviceGrant, jwtBearerGrant, tokenUrl } from "../../google/oauth.ts";
import { keysMaxAgeMs } from "../keys.ts";
import { createKeyCertificate } from "../certificates/key-certificate.ts";
import { accountKeyKind } from "../state/records.ts";
import type { State } from "../state/state.ts";
import type { PlainEndpoint } from "./method.ts";
import type { ApiAnswer } from "./route.ts";

const discovery = {
  issuer: googleIssuer,
  authorization_endpoint: authorizationUrl,
  device_authorization_endpoint: "https://oauth2.googleapis.com/device/code",
  token_endpoint: tokenUrl,
  userinfo_endpoint: "https://openidconnect.googleapis.com/v1/userinfo",
  revocation_endpoint: "https://oauth2.googleapis.com/revoke",
  jwks_uri: "https://www.googleapis.com/oauth2/v3/certs",
  response_types_supported: [
    "code",
    "token",
    "id_token",
    "code token",
    "code id_token",
    "token id_token",
    "code token id_token",
    "none",
  ],
  response_modes_supported: ["query", "fragment", "form_post"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["RS256"],
  scopes_supported: ["openid", "email", "profile"],
  token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
  claims_supported: ["aud", "email", "email_verified", "exp", "iat", "iss", "sub"],
  code_challenge_methods_supported: ["plain", "S256"],
  grant_types_supported: ["authorization_code", "refresh_token", deviceGrant, jwtBearerGrant],
};

/**
 * The documents by which others verify what Google signs: its own keys, and those of service accounts.
 * Source: OpenID Connect Discovery 1.0; for the forms of the keys Google's documentation of its certificates.
 */
export const documentEndpoints: readonly PlainEndpoint[] = [
  { route: "GET /.well-known/openid-configuration", answer: () => keep(3600, discovery) },
  {
    route: "GET /oauth2/v3/certs",
    answer: async ({ keys }) => keep(keysMaxAgeMs / 1000, { keys: (await keys.list()).map(toJwk) }),
  },
  {
    route: "GET /oauth2/v1/certs",
    answer: async (state) => keep(keysMaxAgeMs / 1000, toPem(state, await state.keys.list())),
  },
  ...["service_accounts", "robot"].flatMap((name): PlainEndpoint[] => [
    {
      route: `GET /${name}/v1/metadata/x509/{account}`,
      answer: (state, _call, { account = "" }) => ofAccount(state, account, (keys) => toPem(state, keys)),
    },
    {
      route: `GET /${name}/v1/metadata/raw/{account}`,
      answer: (state, _call, { account = "" }) =>
        ofAccount(state, account, (keys) =>
          Object.fromEntries(
            keys.map(({ kid, publicKey }) => [kid, publicKey.export({ type: "spki", format: "pem" })]),
          ),
        ),
    },
    {
      route: `GET /${name}/v1/metadata/jwk/{account}`,
      answer: (state, _call, { account = "" }) => ofAccount(state, account, (keys) => ({ keys: keys.map(toJwk) })),
    },
  ]),
];

interface PublicKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
}

function ofAccount(state: State, emailOrId: string, show: (keys: readonly PublicKey[]) => object): ApiAnswer {
  const account = state.findAccount(emailOrId);
  if (!account || account.state === "deleted") {
    return {
      status: 404,
      body: { error: { code: 404, message: "Requested entity was not found.", status: "NOT_FOUND" } },
    };
  }
  const nowMs = state.clock.nowMs();
  const keys = state.store
    .list(accountKeyKind)
    .filter((key) => key.account === account.uniqueId && key.validBeforeMs > nowMs && !key.isDisabled);
  return keep(3600, show(keys.map(({ id, publicKey }) => ({ kid: id, publicKey: createPublicKey(publicKey) }))));
}

function toJwk({ kid, publicKey }: PublicKey): object {
  const { n, e } = publicKey.export({ format: "jwk" });
  return { kid, kty: "RSA", alg: "RS256", use: "sig", n, e };
}

function toPem(state: State, keys: readonly PublicKey[]): object {
  return Object.fromEntries(keys.map(({ kid, publicKey }) => [kid, createKeyCertificate(publicKey, state.clock)]));
}

/** Clients keep keys for as long as this says. */
function keep(maxAgeSeconds: number, body: object): ApiAnswer {
  return {
    status: 200,
    headers: { "cache-control": `public, max-age=${maxAgeSeconds}, must-revalidate, no-transform` },
    body,
  };
}
