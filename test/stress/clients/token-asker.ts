/**
 * One of many processes on one cache: asks for a token when it is told to, and tells what it got. Its arguments: the token
 * endpoint, the cache's directory, and by how many milliseconds its clock is wrong.
 */
import type { Credential } from "../../../src/credentials/credential.ts";
import { getIdToken } from "../../../src/tokens/id-tokens.ts";

/** What comes back from it. */
export interface AskerAnswer {
  readonly token: string;
  readonly source: string;
  readonly warnings: readonly string[];
}

const [endpoint = "", cacheDirectory = "", clockOffsetMs = "0"] = process.argv.slice(2);
const credential: Credential = {
  kind: "service_account",
  source: "the test",
  fingerprint: "one",
  canChooseAudience: true,
  givesIdToken: true,
  givesAccessToken: false,
  accessToken: async () => "",
  idToken: async () => ({ token: await (await fetch(endpoint)).text(), source: "minted" }),
};

process.on("message", () => void ask());
process.send?.("ready");

async function ask(): Promise<void> {
  const warnings: string[] = [];
  const context = {
    environment: {
      variables: { RUNPASS_CACHE_DIR: cacheDirectory },
      homeDir: "/nonexistent",
      platform: process.platform,
    },
    clock: { nowMs: () => Date.now() + Number(clockOffsetMs) },
    fetch: () => Promise.reject(new Error("no other request is to be made")),
    log: { debug: () => {}, info: () => {}, warn: (message: string) => warnings.push(message) },
  };
  const { token, source } = await getIdToken(context, { credential, audience: "https://a.run.app" });
  process.send?.({ token, source, warnings } satisfies AskerAnswer, () => process.disconnect());
}
