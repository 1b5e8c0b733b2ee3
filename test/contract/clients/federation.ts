import { basename } from "node:path";
import { GoogleAuth, Impersonated } from "google-auth-library";
import { print } from "./print.ts";

// Workloads elsewhere, each with a credentials file of its own: what the library makes of them, by the file's name.
const url = process.env["SERVICE_URL"]!;
const [account, ...paths] = process.argv.slice(2) as [string, ...string[]];

async function attempt<T>(act: () => Promise<T>): Promise<T | { error: string }> {
  try {
    return await act();
  } catch (error) {
    return { error: (error as Error).message };
  }
}

const call = async (token: string | null | undefined): Promise<number> =>
  (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;

async function look(path: string): Promise<object> {
  const auth = new GoogleAuth({ keyFilename: path, scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const client = await auth.getClient();
  const accessToken = await attempt(async () => (await client.getAccessToken()).token?.slice(0, 9));
  const direct = await attempt(async () => call((await client.getAccessToken()).token));
  // The library makes no ID tokens of such credentials, but of a service account that they may act as.
  const impersonated = new Impersonated({ sourceClient: client, targetPrincipal: account });
  const called = await attempt(async () => call(await impersonated.fetchIdToken(url, { includeEmail: true })));
  return { kind: client.constructor.name, accessToken, direct, called };
}

const results = await Promise.all(paths.map(async (path) => [basename(path, ".json"), await look(path)] as const));
print(Object.fromEntries(results));
