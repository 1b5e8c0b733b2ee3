const secretPatterns: readonly RegExp[] = [
  // JWTs: three base64url segments, the first of which starts with '{"' encoded. A cut-off signature counts too.
  /\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g,
  // Google access tokens (ya29.…), refresh tokens (1//…), authorization codes (4/…), client secrets (GOCSPX-…)
  /\bya29\.[\w.-]+/g,
  /(?<![\w/:.])1\/\/[\w-]{10,}/g,
  /(?<![\w/:.])4\/[\w-]{20,}/g,
  /\bGOCSPX-[\w-]+/g,
  // User name and password in a URL
  /(?<=:\/\/)[^\s/?#"'@]*:[^\s/?#"']*(?=@)/g,
  // Private keys in PEM, whole or cut off
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** Replaces everything in `text` that looks like a token, key or secret. Apply it to whatever leaves the process as text. */
export function redact(text: string): string {
  return secretPatterns.reduce((result, pattern) => result.replace(pattern, "[redacted]"), text);
}
