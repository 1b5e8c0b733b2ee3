import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserRefreshClient } from "google-auth-library";

/** The active gcloud user's ID token, by google-auth-library and gcloud's files. */
export async function fetchUserToken(email = "dev@example.com"): Promise<string> {
  const path = join(process.env["CLOUDSDK_CONFIG"]!, "legacy_credentials", email, "adc.json");
  const client = UserRefreshClient.fromJSON(JSON.parse(await readFile(path, "utf8")));
  return client.fetchIdToken(process.env["SERVICE_URL"]!);
}
