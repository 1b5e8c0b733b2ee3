import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import { sha256Hex } from "../core/sha256.ts";
import { decodeJwt, googleIssuer } from "../google/id-token.ts";
import { gcloudClientId } from "../google/oauth.ts";
import { serviceOfHost } from "../google/run-name.ts";
import type { Credential } from "./credential.ts";
import { isEmail } from "./fields.ts";
import { readTextFile } from "./read-text-file.ts";

/**
 * An ID token that somebody else got and renews: in a file, a pipe, or a descriptor that was inherited. It is handed on as it
 * is, after a look at its form, end and audience; its signature is for the service to check.
 *
 * @param file A path, `/dev/fd/N`, or `-` for standard input.
 * @throws {RunpassError} `credentials_invalid`, `no_credentials`
 */
export function readIdTokenFile(context: Context, file: string, stdinText?: string): Credential {
  const source = file === "-" ? "standard input" : file;
  const text = file === "-" && stdinText !== undefined ? stdinText : readTextFile(file === "-" ? "/dev/stdin" : file);
  if (typeof text !== "string") {
    throw new RunpassError({
      code: text.isAbsent ? "no_credentials" : "credentials_invalid",
      message: `${source} cannot be read`,
      why: text.reason,
      fix: "Give --token-file a file, /dev/fd/N or - that holds an ID token",
    });
  }
  const token = text.trim();
  const { audience, expiresAtMs, email } = readClaims(token, source);
  return {
    kind: "id_token",
    ...(email === undefined ? {} : { principal: email }),
    source,
    fingerprint: sha256Hex(token),
    canChooseAudience: false,
    givesIdToken: true,
    givesAccessToken: false,
    accessToken: () => Promise.reject(noAccessToken(source)),
    idToken: async (wanted) => {
      if (expiresAtMs <= context.clock.nowMs()) throw expired(source, expiresAtMs);
      if (wanted !== undefined && !serves(audience, wanted)) throw wrongAudience(source, audience, wanted);
      return { token, source: "given" };
    },
  };
}

interface Claims {
  readonly audience: string;
  readonly expiresAtMs: number;
  readonly email: string | undefined;
}

function readClaims(token: string, source: string): Claims {
  const parts = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? decodeJwt(token) : undefined;
  if (!parts) {
    const isAccessToken = /^ya29\.[\w.-]+$/.test(token);
    throw unfit(
      source,
      isAccessToken ? "it holds an access token, which services do not take" : "it holds something that is no JWT",
    );
  }
  const { iss, aud, exp, email } = parts.payload;
  if (iss !== googleIssuer && iss !== "accounts.google.com") throw unfit(source, "its token is not from Google");
  if (typeof aud !== "string" || typeof exp !== "number") throw unfit(source, "its token has no audience, or no end");
  return {
    audience: aud,
    expiresAtMs: exp * 1000,
    email: typeof email === "string" && isEmail(email) ? email : undefined,
  };
}

/** A service takes its own addresses, with a slash behind them or without, and gcloud's client. */
function serves(audience: string, wanted: string): boolean {
  if (audience === gcloudClientId || withoutSlash(audience) === withoutSlash(wanted)) return true;
  // It has two, of which one cannot be told from the other: where the names agree the service shall decide.
  const [one, other] = [audience, wanted].map((text) => serviceOfHost(URL.parse(text)?.host ?? ""));
  return one !== undefined && one === other;
}

function withoutSlash(text: string): string {
  return text.replace(/\/$/, "");
}

function unfit(source: string, why: string): RunpassError {
  return new RunpassError({
    code: "credentials_invalid",
    message: `${source} holds no ID token that can be used`,
    why,
    fix: "Give an ID token, for example from: gcloud auth print-identity-token",
  });
}

function expired(source: string, expiresAtMs: number): RunpassError {
  const end = new Date(expiresAtMs);
  return new RunpassError({
    code: "token_expired",
    message: `The ID token in ${source} has expired`,
    why: Number.isNaN(end.getTime()) ? undefined : `it ended at ${end.toISOString()}`,
    fix: "Get a new one from where this one came from",
  });
}

function wrongAudience(source: string, audience: string, wanted: string): RunpassError {
  return new RunpassError({
    code: "audience_not_supported",
    message: `The ID token in ${source} is for ${shown(audience)}, not for ${shown(wanted)}`,
    why: "a token that was handed over cannot be made out to somebody else",
    fix: "Get one for this service; if the service has that one as a custom audience, say so with --audience",
  });
}

/** Anything may stand in a token, and messages are lines. */
function shown(audience: string): string {
  return audience.length <= 200 && /^[\x21-\x7e]+$/.test(audience) ? audience : "something else";
}

function noAccessToken(source: string): RunpassError {
  return new RunpassError({
    code: "access_token_unavailable",
    message: `${source} holds an ID token, which opens no API of Google's`,
    why: "looking up services, changing policies and impersonating take an access token",
    fix: "Name the service by its URL, or use other credentials for this",
  });
}
