import { Compute, gcpMetadata, GoogleAuth } from "google-auth-library";
import { print } from "./print.ts";

// A workload on Cloud Run, as Google's libraries see it: nothing but a metadata server tells who it is.
const url = process.env["SERVICE_URL"]!;
const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
const client = await auth.getClient();
const idTokens = await auth.getIdTokenClient(url);
const idToken = await idTokens.idTokenProvider.fetchIdToken(url);
const instance = await gcpMetadata.instance<Record<string, unknown>>({ params: { recursive: "true" } });
print({
  available: await gcpMetadata.isAvailable(),
  isCompute: client instanceof Compute,
  hasAccessToken: (await client.getAccessToken()).token?.startsWith("ya29."),
  email: (await auth.getCredentials()).client_email,
  region: await gcpMetadata.instance("region"),
  universe: await gcpMetadata.universe("universe-domain"),
  instance: Object.keys(instance),
  claims: JSON.parse(Buffer.from(idToken.split(".")[1]!, "base64url").toString()),
  status: (await idTokens.request({ url })).status,
});
