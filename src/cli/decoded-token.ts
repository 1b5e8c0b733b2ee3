import { printable } from "../core/printable.ts";
import { alignColumns } from "./columns.ts";
import { sayExpiry, sayWhen } from "./time-in-words.ts";

/** A token's two readable parts. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Header and claims for a person, the times in words; never the signature, which would make the token whole. */
export function decodedLines({ header, payload }: DecodedToken, nowMs: number): string[] {
  return [
    "header",
    ...alignColumns(Object.entries(header).map(([name, value]) => [`  ${show(name)}`, show(value)])),
    "claims",
    ...alignColumns(
      Object.entries(payload).map(([name, value]) => {
        const words = typeof value === "number" ? inWords(name, value * 1000, nowMs) : undefined;
        return [`  ${show(name)}`, show(value), ...(words === undefined ? [] : [words])];
      }),
    ),
  ];
}

/** Claims that are instants. Source: RFC 7519 §4.1, OpenID Connect Core 1.0 §2. */
const timeClaims: Readonly<Record<string, (instantMs: number, nowMs: number) => string>> = {
  iat: (instantMs, nowMs) => `issued ${sayWhen(instantMs, nowMs)}`,
  nbf: (instantMs, nowMs) => `valid from ${sayWhen(instantMs, nowMs)}`,
  exp: sayExpiry,
  auth_time: (instantMs, nowMs) => `signed in ${sayWhen(instantMs, nowMs)}`,
};

function inWords(name: string, instantMs: number, nowMs: number): string | undefined {
  if (!Object.hasOwn(timeClaims, name) || Number.isNaN(new Date(instantMs).getTime())) return undefined;
  return `${timeClaims[name]?.(instantMs, nowMs)} (${new Date(instantMs).toISOString().replace(".000Z", "Z")})`;
}

/** Whoever made the token chose these characters. */
function show(value: unknown): string {
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
