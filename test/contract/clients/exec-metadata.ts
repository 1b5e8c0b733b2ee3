import { gcpMetadata, GoogleAuth } from "google-auth-library";
import { print } from "./print.ts";

// A job that knows Google's library and nothing of us: whoever it is, a metadata server has told it.
const url = process.env["TEST_URL"]!;
const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/userinfo.email" });
const client = await auth.getClient();
const { token = "" } = await client.getAccessToken();
const idTokens = await auth.getIdTokenClient(url);
print({
  kind: client.constructor.name,
  available: await gcpMetadata.isAvailable(),
  project: await auth.getProjectId(),
  account: (await auth.getCredentials()).client_email,
  // Google's own word on whose access token it is
  tokenInfo: (
    await auth.request<{ email: string }>({ url: `https://oauth2.googleapis.com/tokeninfo?access_token=${token}` })
  ).data.email,
  status: (await idTokens.request({ url })).status,
});
