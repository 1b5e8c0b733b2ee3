import { readFile } from "node:fs/promises";
import { GoogleAuth, JWT, OAuth2Client } from "google-auth-library";
import { fetchUserToken } from "./user-token.ts";
import { serve } from "./serve.ts";

/** What came of a call: a status, or the error that the library threw. */
async function statusOf(call: () => Promise<{ status: number }>): Promise<unknown> {
  try {
    return (await call()).status;
  } catch (error) {
    const { status, response, message } = error as { status?: number; response?: { status: number }; message: string };
    return status ?? response?.status ?? message;
  }
}

const url = process.env["SERVICE_URL"]!;

async function act(action: string, ...args: readonly string[]): Promise<unknown> {
  switch (action) {
    case "user": {
      const token = await fetchUserToken();
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status };
    }
    case "default": {
      // Application Default Credentials, as the environment gives them
      const client = await new GoogleAuth().getIdTokenClient(url);
      const token = await client.idTokenProvider.fetchIdToken(url);
      const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
      return { claims, status: await statusOf(() => client.request({ url })) };
    }
    case "file": {
      const client = await new GoogleAuth({ keyFilename: args[0]! }).getIdTokenClient(url);
      return { status: await statusOf(() => client.request({ url })) };
    }
    case "claims": {
      const client = await new GoogleAuth({ keyFilename: args[0]! }).getIdTokenClient(url);
      const token = await client.idTokenProvider.fetchIdToken(url);
      const ticket = await new OAuth2Client().verifyIdToken({ idToken: token, audience: url });
      return ticket.getPayload();
    }
    case "self-signed": {
      // As Google's API clients do with a key: no token is asked for, the API gets what the key signed.
      const {
        client_email: email,
        private_key: key,
        private_key_id: keyId,
      } = JSON.parse(await readFile(args[0]!, "utf8"));
      const byAudience = new JWT({ email, key, keyId });
      byAudience.defaultServicePath = "run.googleapis.com";
      const byScope = new JWT({ email, key, keyId, scopes: "https://www.googleapis.com/auth/cloud-platform" });
      byScope.useJWTAccessWithScope = true;
      return {
        byAudience: await statusOf(() => byAudience.request({ url: args[1]! })),
        byScope: await statusOf(() => byScope.request({ url: args[1]! })),
      };
    }
    case "verify": {
      const token = await fetchUserToken();
      const verify = (idToken: string, audience: string): Promise<unknown> =>
        new OAuth2Client().verifyIdToken({ idToken, audience }).then(
          (ticket) => ticket.getPayload(),
          (error: unknown) => (error as Error).message.split(":")[0],
        );
      const clientId = JSON.parse(
        await readFile(`${process.env["CLOUDSDK_CONFIG"]}/legacy_credentials/dev@example.com/adc.json`, "utf8"),
      ).client_id as string;
      const cut = `${token.slice(0, token.lastIndexOf("."))}.${"A".repeat(342)}`;
      return {
        right: await verify(token, clientId),
        otherAudience: await verify(token, url),
        otherSignature: await verify(cut, clientId),
      };
    }
    default:
      throw new Error(`no action ${action}`);
  }
}

await serve((action, ...args) => act(action, ...args));
