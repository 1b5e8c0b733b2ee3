import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { sha256Hex } from "../core/sha256.ts";
import type { MetadataToken } from "../google/metadata.ts";
import { cloudPlatformScope } from "../google/oauth.ts";
import { audienceMissing } from "./audience-missing.ts";
import type { Credential } from "./credential.ts";
import { isEmail } from "./fields.ts";
import { hold } from "./held-token.ts";
import { askMetadata, detectMetadataServer, metadataServer } from "./metadata-server.ts";
import { readAccessToken } from "./token-answer.ts";

export interface MetadataCredentialOptions {
  /** Default: `the metadata server`. */
  readonly source?: string | undefined;
  /** E-mail of one of the machine's accounts. Default: its default one. */
  readonly account?: string | undefined;
}

/** The machine's service account, if there is a metadata server. @returns a clause where there is none. */
export async function findMetadataCredential(context: Context): Promise<Credential | string> {
  const found = await detectMetadataServer(context);
  return typeof found === "string" ? found : createMetadataCredential(context);
}

/**
 * The service account of the machine that this runs on: a virtual machine, a pod of GKE, an instance on Cloud Run. Nothing is
 * asked before a token is wanted.
 */
export function createMetadataCredential(
  context: Context,
  { source = "the metadata server", account }: MetadataCredentialOptions = {},
): Credential {
  const path = `service-accounts/${account === undefined ? "default" : encodeURIComponent(account)}`;
  const origin = metadataServer(context.environment);
  const ask = async (what: string): Promise<string> => {
    const answer = await askMetadata(context, `${path}/${what}`);
    if (answer !== undefined) return answer.trim();
    throw new RunpassError({
      code: "credentials_invalid",
      message: `${source} knows no service account${account === undefined ? "" : ` ${account}`}`,
      why: "this machine, pod or instance runs without one",
      fix: "Attach a service account to it, or use other credentials with --credentials",
    });
  };
  const held = hold(context.clock, async () => {
    const answer = parseToken(await ask(`token?scopes=${encodeURIComponent(cloudPlatformScope)}`));
    return readAccessToken(context, origin, answer);
  });
  return {
    kind: "metadata",
    ...(account === undefined ? {} : { principal: account, member: `serviceAccount:${account}` }),
    source,
    fingerprint: sha256Hex(JSON.stringify(["metadata", origin, account])),
    canChooseAudience: true,
    givesIdToken: true,
    givesAccessToken: true,
    askPrincipal: async () => {
      const email = await ask("email");
      if (isEmail(email)) return email;
      throw new RunpassError({
        code: "google_unreachable",
        message: `${source} answered with something that is no e-mail`,
      });
    },
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: async (audience) => {
      if (audience === undefined) throw audienceMissing();
      const query = new URLSearchParams({ audience, format: "standard" });
      return { token: await ask(`identity?${query.toString()}`), source: "minted" };
    },
  };
}

/** Not as JSON, nothing: that there is no token in it is said by whoever looks for one. */
function parseToken(text: string): Partial<MetadataToken> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
