/**
 * Looks through every file of the repository for what must not be there: paths of this machine, and anything that looks like a
 * real key or token. Prints where, never what.
 */
import { globSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");

const forbidden: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a path of this machine", literal(path.resolve(root) + path.sep)],
  ["a path in your home directory", literal(homedir() + path.sep)],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----[\\n\s]+[\w+/=\\\s]{300}/],
  ["an access token", /\bya29\.[\w-]{60}/],
  ["a refresh token", /(?<![\w/:.])1\/\/0[\w-]{60}/],
  ["a client secret", /\bGOCSPX-[\w-]{28}/],
  ["a signed token", /\beyJ[\w-]{20,}\.[\w-]{40,}\.[\w-]{300}/],
];

const files = globSync(["**", "**/.*", "**/.*/**"], { cwd: root, exclude: ["**/node_modules", "dist", ".git"] });
for (const file of files) {
  const absolute = path.join(root, file);
  if (!statSync(absolute).isFile()) continue;
  const text = readFileSync(absolute, "utf8");
  const found = forbidden.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
  for (const what of found) console.error(`${file}: holds ${what}`);
  if (found.length > 0) process.exitCode = 1;
}

function literal(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}
