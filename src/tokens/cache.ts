import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Context } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { writeWhole } from "../core/write-whole.ts";

/** Files that nobody has written for so long are of no more use: tokens live an hour. */
const keptMs = 24 * 60 * 60_000;

/** Larger than any token: what is more is something else. */
const longestBytes = 100_000;

/** Tokens on disk, one file a key. Nothing about it is ever a reason to fail. */
export interface TokenCache {
  /** The token under a key, whatever its age, or `undefined` where there is none. */
  read(key: string): string | undefined;
  /** Stores a token: whole or not at all. */
  write(key: string, token: string): void;
  /** File beside the token, for those who want to be alone in getting a new one; `undefined` where nothing can be stored. */
  lockFile(key: string): string | undefined;
}

/** `RUNPASS_CACHE_DIR`, else `runpass` in the directory for caches. Source: XDG Base Directory Specification. */
export function cacheDirectory(environment: Environment): string {
  const named = readVariable(environment, "RUNPASS_CACHE_DIR");
  if (named !== undefined) return named;
  const local = environment.platform === "win32" ? readVariable(environment, "LOCALAPPDATA") : undefined;
  const base = readVariable(environment, "XDG_CACHE_HOME") ?? local ?? join(environment.homeDir, ".cache");
  return join(base, "runpass");
}

/** Opens the cache. Nothing is written, or made, before there is a token to keep. */
export function openTokenCache(context: Context): TokenCache {
  // A folder of our own within, as one that a user names may be open to others, and must not be closed to them.
  const directory = join(cacheDirectory(context.environment), "id-tokens");
  const fileOf = (key: string): string => join(directory, `${key}.json`);
  let warned = false;
  const warn = (error: unknown): void => {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown reason";
    if (!warned) context.log.warn(`Tokens cannot be kept in ${directory} (${reason}); going on without`);
    warned = true;
  };
  const attempt = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      warn(error);
      return undefined;
    }
  };
  return {
    read: (key) => {
      try {
        return parseEntry(readOwn(fileOf(key)));
      } catch {
        return undefined; // none yet; whatever else is wrong shows when a token is to be kept
      }
    },
    write: (key, token) => {
      attempt(() => {
        makePrivateDirectory(directory);
        removeOld(directory, Date.now());
        writeWhole(fileOf(key), JSON.stringify({ token }));
      });
    },
    lockFile: (key) =>
      attempt(() => {
        makePrivateDirectory(directory);
        return join(directory, `${key}.lock`);
      }),
  };
}

/** Never what another user has put there: whoever plants a token decides as whom we call. */
function readOwn(file: string): string {
  // A link leads elsewhere, and a pipe would hold us up. Windows has neither flag.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor);
    const isOwn = stat.uid === (process.getuid?.() ?? stat.uid);
    return stat.isFile() && isOwn && stat.size <= longestBytes ? readFileSync(descriptor, "utf8") : "";
  } finally {
    closeSync(descriptor);
  }
}

function parseEntry(text: string): string | undefined {
  const entry: unknown = JSON.parse(text);
  const token = typeof entry === "object" && entry !== null && "token" in entry ? entry.token : undefined;
  return typeof token === "string" ? token : undefined;
}

function makePrivateDirectory(directory: string): void {
  makeDirectory(directory);
  // One that was there may be open to others. Fails where it is not ours, and that is right.
  if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/** As `recursive: true` does, which however tells ENOENT whatever the reason is. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return; // or it is no directory: the next call says so
    if (code !== "ENOENT" || dirname(directory) === directory) throw error;
    makeDirectory(dirname(directory));
    mkdirSync(directory, { mode: 0o700 });
  }
}

/** Old tokens, locks and what killed processes left. */
function removeOld(directory: string, nowMs: number): void {
  for (const name of readdirSync(directory)) {
    const file = join(directory, name);
    try {
      const stat = statSync(file, { throwIfNoEntry: false });
      if (stat?.isFile() && nowMs - stat.mtimeMs > keptMs) rmSync(file, { force: true });
    } catch {
      // what cannot be removed does no harm
    }
  }
}
