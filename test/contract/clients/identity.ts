import { GoogleAuth, Impersonated } from "google-auth-library";
import { print } from "./print.ts";

// ID tokens for the service, as the library's documentation has it: what comes of each credential, a file or what the environment
// tells.
const url = process.env["SERVICE_URL"]!;
const scopes = "https://www.googleapis.com/auth/cloud-platform";

async function fetchToken(file: string, account: string): Promise<string> {
  const auth = new GoogleAuth(file === "" ? { scopes } : { keyFilename: file, scopes });
  if (account === "") {
    const client = await auth.getIdTokenClient(url);
    return client.idTokenProvider.fetchIdToken(url);
  }
  const sourceClient = await auth.getClient();
  return new Impersonated({ sourceClient, targetPrincipal: account }).fetchIdToken(url);
}

const credentials = JSON.parse(process.argv[2]!) as readonly (readonly [file: string, account: string])[];
const outcomes: object[] = [];
for (const credential of credentials) {
  outcomes.push(
    await fetchToken(...credential).then(
      (token) => ({ token }),
      (error: unknown) => ({ error: (error as Error).message.split("\n")[0] }),
    ),
  );
}
print(outcomes);
