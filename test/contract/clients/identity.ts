import { GoogleAuth, Impersonated } from "google-auth-library";

// An ID token for the service, as the library's documentation has it: from a credentials file, or from what the environment tells.
const url = process.env["SERVICE_URL"]!;
const [file = "", account = ""] = process.argv.slice(2);
const scopes = "https://www.googleapis.com/auth/cloud-platform";
const auth = new GoogleAuth(file === "" ? { scopes } : { keyFilename: file, scopes });

try {
  process.stdout.write(await (account === "" ? own() : impersonated()));
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message.split("\n")[0]}\n`);
  process.exitCode = 1;
}

async function own(): Promise<string> {
  const client = await auth.getIdTokenClient(url);
  return client.idTokenProvider.fetchIdToken(url);
}

async function impersonated(): Promise<string> {
  const sourceClient = await auth.getClient();
  return new Impersonated({ sourceClient, targetPrincipal: account }).fetchIdToken(url);
}
