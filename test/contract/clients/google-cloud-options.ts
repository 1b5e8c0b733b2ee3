import type { ServicesClient } from "@google-cloud/run";
import { OAuth2Client } from "google-auth-library";
import { readFile } from "node:fs/promises";

export type ClientOptions = NonNullable<ConstructorParameters<typeof ServicesClient>[0]>;

/** A user's. Google's gax-based clients ignore proxies: they are told the address, and speak REST over plain HTTP. */
export async function optionsFor(email: string): Promise<ClientOptions> {
  const { hostname, port } = new URL(process.env["RUNPASS_EMULATOR"]!);
  const path = `${process.env["CLOUDSDK_CONFIG"]}/legacy_credentials/${email}/adc.json`;
  const { client_id, client_secret, refresh_token } = JSON.parse(await readFile(path, "utf8"));
  const authClient = new OAuth2Client({ clientId: client_id, clientSecret: client_secret });
  authClient.setCredentials({ refresh_token });
  return { apiEndpoint: hostname, port: Number(port), protocol: "http", fallback: true, authClient };
}
