/** What can be wrong with an ID token that is checked: a sentence each, and how to go on. Nothing of the token but claims shows. */
import { RunpassError } from "../core/errors.ts";
import { printable } from "../core/printable.ts";

const anotherToken = "Get another one: runpass token TARGET";

/** What is no JWT with two JSON objects in front. */
export function malformed(text: string): RunpassError {
  const [why, fix] = text.startsWith("ya29.")
    ? ["it is an access token: Google's APIs take these, Cloud Run does not", "Get an ID token: runpass token TARGET"]
    : text === ""
      ? ["there is nothing", "Give the token on standard input: runpass token TARGET | runpass verify"]
      : ["an ID token has three parts with a dot between, of which the first two are JSON in base64url", anotherToken];
  return new RunpassError({ code: "token_malformed", message: "What was given is no ID token", why, fix });
}

export function foreignIssuer(issuer: unknown): RunpassError {
  return new RunpassError({
    code: "token_untrusted",
    message: `The token was issued by ${quote(issuer)}, not by Google`,
    why: "Cloud Run takes tokens that Google has signed, and no others",
    fix: "Exchange it for one of Google's, by workload identity federation or impersonation: --as SERVICE_ACCOUNT",
  });
}

export function otherAlgorithm(algorithm: unknown): RunpassError {
  return new RunpassError({
    code: "token_untrusted",
    message: `The token is signed with ${quote(algorithm)}`,
    why: "Google signs ID tokens with RS256 alone: this one is not Google's",
    fix: anotherToken,
  });
}

export function signatureRemoved(): RunpassError {
  return new RunpassError({
    code: "token_untrusted",
    message: "The token's signature was removed",
    why: "Cloud Run does that before it hands a token to the service, so that the service cannot use it elsewhere",
    fix: `Check the token that the caller sent, not the one that the service got. ${anotherToken}`,
  });
}

/** @param knowsEmulator The keys at hand are an emulator's. */
export function unknownKey(kid: unknown, knowsEmulator: boolean): RunpassError {
  const isEmulators = typeof kid === "string" && kid.startsWith("emulator-");
  const [why, fix] = isEmulators
    ? knowsEmulator
      ? ["it is from another emulator, or from before its last start", anotherToken]
      : ["it is from an emulator, whose tokens nobody else trusts", "Check it in the emulator's own shell"]
    : knowsEmulator
      ? [
          "the emulator knows its own keys alone, and this one may be Google's",
          "Check it outside of the emulator's shell",
        ]
      : ["Google changes its keys every few days, so the token is old or not Google's", anotherToken];
  return new RunpassError({
    code: "token_untrusted",
    message: `The token's key ${quote(kid)} is none of ${knowsEmulator ? "the emulator's" : "Google's"}`,
    why,
    fix,
  });
}

export function wrongSignature(kid: unknown): RunpassError {
  return new RunpassError({
    code: "token_untrusted",
    message: "The token's signature is wrong",
    why: `it was not made with the key ${quote(kid)}, or the token was changed or cut off on its way`,
    fix: `Check how it was copied. ${anotherToken}`,
  });
}

export function withoutTimes(): RunpassError {
  return new RunpassError({
    code: "token_malformed",
    message: "The token does not say from when to when it is valid",
    fix: anotherToken,
  });
}

export function expired(expiresAtMs: number, nowMs: number): RunpassError {
  return new RunpassError({
    code: "token_expired",
    message: `The token expired ${distance(nowMs - expiresAtMs)} ago`,
    why: `it was good until ${new Date(expiresAtMs).toISOString()}; ID tokens live an hour`,
    fix: anotherToken,
  });
}

export function notYetValid(validFromMs: number, nowMs: number): RunpassError {
  return new RunpassError({
    code: "clock_skew",
    message: `The token is valid only in ${distance(validFromMs - nowMs)}`,
    why: "this machine's clock is behind, or the token is not to be used yet",
    fix: "Set the clock, then check again",
  });
}

/** @param isGcloud The audience is gcloud's own client. */
export function otherAudience(audience: unknown, expected: readonly string[], isGcloud: boolean): RunpassError {
  return new RunpassError({
    code: "audience_mismatch",
    message: `The token is for ${quote(audience)}, not for ${expected.map(quote).join(" or ")}`,
    why: isGcloud
      ? "it is a user's, and users' tokens are for the OAuth client they logged in with"
      : "a service takes tokens that are made out to itself, to the letter",
    fix: isGcloud
      ? "Act as a service account, which can have any audience: --as SERVICE_ACCOUNT"
      : `Ask for one with the right audience: runpass token --audience ${expected[0] ?? "AUDIENCE"}`,
  });
}

/** Whoever made the token chose the text. */
function quote(claim: unknown): string {
  const text = printable(JSON.stringify(claim) ?? "nobody");
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function distance(lengthMs: number): string {
  const seconds = Math.floor(lengthMs / 1000);
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`;
}
