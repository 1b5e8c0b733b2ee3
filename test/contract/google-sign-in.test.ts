import assert from "node:assert/strict";
import { test } from "node:test";
import { CodeChallengeMethod, OAuth2Client } from "google-auth-library";
import { createEmulator } from "../../src/emulator/create-emulator.ts";
import { defaultWorld } from "../../src/emulator/world/world.ts";
import { signIn } from "../support/sign-in.ts";

const clientId = "1-desktop.apps.googleusercontent.com";

test("google-auth-library signs a user in with PKCE, asks about the tokens and gives them back", async () => {
  await using emulator = await createEmulator({
    ...defaultWorld,
    oauthClients: [{ id: clientId, secret: "the-secret" }],
  });
  const { url } = emulator;
  const client = new OAuth2Client({
    clientId,
    clientSecret: "the-secret",
    redirectUri: "http://127.0.0.1:1/callback",
    endpoints: {
      oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
      oauth2TokenUrl: `${url}/token`,
      oauth2RevokeUrl: `${url}/revoke`,
      tokenInfoUrl: `${url}/tokeninfo`,
      oauth2FederatedSignonPemCertsUrl: `${url}/oauth2/v1/certs`,
    },
  });
  const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync();
  const address = client.generateAuthUrl({
    access_type: "offline",
    scope: ["openid", "email", "https://www.googleapis.com/auth/cloud-platform"],
    state: "the-state",
    login_hint: "dev@example.com",
    code_challenge_method: CodeChallengeMethod.S256,
    code_challenge: codeChallenge!,
  });
  const sent = await signIn(address, { account: "dev@example.com" });
  assert.equal(`${sent.origin}${sent.pathname}`, "http://127.0.0.1:1/callback");
  assert.equal(sent.searchParams.get("state"), "the-state");
  const { tokens } = await client.getToken({ code: sent.searchParams.get("code")!, codeVerifier });
  client.setCredentials(tokens);

  const ticket = await client.verifyIdToken({ idToken: tokens.id_token!, audience: clientId });
  assert.equal(ticket.getPayload()?.email, "dev@example.com");
  const info = await client.getTokenInfo(tokens.access_token!);
  assert.deepEqual([info.aud, info.email], [clientId, "dev@example.com"]);
  assert.ok(info.scopes.includes("https://www.googleapis.com/auth/cloud-platform"));
  const refreshed = await client.refreshAccessToken();
  assert.notEqual(refreshed.credentials.access_token, tokens.access_token);

  await client.revokeToken(tokens.refresh_token!);
  await assert.rejects(client.refreshAccessToken(), /invalid_grant/);
  await assert.rejects(client.getTokenInfo(tokens.access_token!));
});
