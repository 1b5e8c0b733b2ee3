import type { Context } from "../core/context.ts";
import type { ErrorCode } from "../core/errors.ts";
import { RunpassError } from "../core/errors.ts";
import { redact } from "../core/redact.ts";
import { sha256Hex } from "../core/sha256.ts";
import { isServiceAccountEmail } from "../google/member.ts";
import { audienceMissing } from "./audience-missing.ts";
import type { Credential, IdTokenOptions } from "./credential.ts";
import { hold } from "./held-token.ts";
import { runProgram } from "./run-program.ts";

/** gcloud takes seconds, and may wait for a lock of its own. */
const timeoutMs = 60_000;

/** It does not say how long its tokens live, but keeps them itself. */
const heldMs = 10 * 60_000;

export interface GcloudCommandOptions {
  /** The program. */
  readonly file: string;
  /** gcloud's directory. */
  readonly directory: string;
  readonly configuration: string;
  /** As gcloud names it. */
  readonly account: string;
  /** E-mail, where the account is one. */
  readonly email: string | undefined;
}

/** One of gcloud's accounts by the `gcloud` command itself, for what only gcloud can read or use. */
export function createGcloudCommandCredential(context: Context, options: GcloudCommandOptions): Credential {
  const { account, email, directory } = options;
  const run = async (...words: readonly string[]): Promise<string> => runGcloud(context, options, words);
  const held = hold(context.clock, async () => {
    const token = await run("print-access-token");
    return { token, expiresAtMs: context.clock.nowMs() + heldMs };
  });
  const canChooseAudience = email !== undefined && isServiceAccountEmail(email);
  const prefix = canChooseAudience ? "serviceAccount" : "user";
  return {
    kind: "gcloud",
    ...(email === undefined ? {} : { principal: email, member: `${prefix}:${email}` }),
    source: `the gcloud command${email === undefined ? "" : ` (${email})`}`,
    fingerprint: sha256Hex(JSON.stringify(["gcloud command", directory, account])),
    canChooseAudience,
    givesIdToken: true,
    givesAccessToken: true,
    accessToken: async ({ fresh = false } = {}) => (await held(fresh)).token,
    idToken: async (audience) => {
      if (canChooseAudience && audience === undefined) throw audienceMissing();
      const words = canChooseAudience ? [`--audiences=${audience}`] : [];
      return { token: await run("print-identity-token", ...words), source: "minted" };
    },
    // Access tokens that are bound to a certificate are good in gcloud's hands only.
    idTokenAs: async (chain, audience, { includeEmail = false }: IdTokenOptions = {}) =>
      run(
        "print-identity-token",
        `--impersonate-service-account=${chain.join(",")}`,
        `--audiences=${audience}`,
        ...(includeEmail ? ["--include-email"] : []),
      ),
  };
}

async function runGcloud(context: Context, options: GcloudCommandOptions, words: readonly string[]): Promise<string> {
  const { stdout, stderr, failure } = await runProgram(context, {
    file: options.file,
    arguments: ["auth", ...words, `--account=${options.account}`, "--quiet"],
    variables: {
      CLOUDSDK_CONFIG: options.directory,
      CLOUDSDK_ACTIVE_CONFIG_NAME: options.configuration,
      // Who is impersonated is for us to say.
      CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT: "",
      CLOUDSDK_CORE_DISABLE_PROMPTS: "1",
    },
    timeoutMs,
  });
  const token = stdout.trim();
  if (failure === undefined && /^[\x21-\x7e]+$/.test(token)) return token;
  const said = /^ERROR: (?:\([\w.-]+\) )?(.+)$/m.exec(stderr)?.[1];
  throw new RunpassError({
    code: codeOf(stderr),
    message: `gcloud auth ${words[0]} gave no token`,
    why: said === undefined ? (failure ?? "it printed something else") : redact(said).slice(0, 300),
    fix: `Log in again: gcloud auth login${options.email === undefined ? "" : ` ${options.email}`}`,
  });
}

/** What gcloud says, by its own words. Source: gcloud, `core/credentials/exceptions.py`. */
function codeOf(stderr: string): ErrorCode {
  if (/reauth/i.test(stderr)) return "reauthentication_required";
  if (/PERMISSION_DENIED|Failed to impersonate/.test(stderr)) return "permission_denied";
  return "credentials_rejected";
}
