import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "../core/context.ts";
import type { Environment } from "../core/environment.ts";
import { writeWhole } from "../core/write-whole.ts";
import { cacheDirectory } from "../tokens/cache.ts";
import type { FlagName } from "./command-line/flags.ts";
import type { Settings } from "./command-line/settings.ts";

/** A call that Google refused, as far as it takes to look into it later: no token, body or query. */
export interface Refusal {
  readonly by: "curl" | "proxy";
  /** The service as the user named it, without a path. */
  readonly target: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  readonly status: number;
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Flags that say who calls, and where. */
  readonly flags: Readonly<Partial<Record<FlagName, string>>>;
}

/** Who was to call: where one of these is given anew, those of the call that was refused do not count. */
const identityFlags = ["account", "configuration", "credentials", "token-file"] as const;
const replayedFlags = [...identityFlags, "project", "region", "impersonate-service-account", "audiences"] as const;

/** Keeps a refusal in the place of the one before. It is never a reason to fail. */
export function rememberRefusal(
  { environment, log, clock }: Pick<Context, "environment" | "log" | "clock">,
  settings: Settings,
  { path, ...call }: Omit<Refusal, "atMs" | "flags">,
): void {
  const flags = Object.fromEntries(
    replayedFlags.flatMap((name) => {
      const value = settings.text(name);
      return value === undefined || value === "-" ? [] : [[name, value]]; // standard input cannot be read again
    }),
  );
  const refusal: Refusal = { ...call, path: path.split(/[?#]/, 1)[0] ?? "", atMs: clock.nowMs(), flags };
  try {
    mkdirSync(cacheDirectory(environment), { recursive: true, mode: 0o700 });
    writeWhole(fileIn(environment), JSON.stringify(refusal));
  } catch (error) {
    log.debug(`The refusal cannot be kept: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The last call that was refused; `undefined` where none was, or what is kept is something else. */
export function readLastRefusal(environment: Environment): Refusal | undefined {
  try {
    const value = JSON.parse(readFileSync(fileIn(environment), "utf8")) as Partial<Refusal> | null;
    const { by, target, path, status, atMs, flags } = value ?? {};
    const isWhole =
      (by === "curl" || by === "proxy") &&
      typeof target === "string" &&
      typeof path === "string" &&
      typeof status === "number" &&
      typeof atMs === "number" &&
      typeof flags === "object" &&
      Object.values(flags).every((each) => typeof each === "string");
    return isWhole ? (value as Refusal) : undefined;
  } catch {
    return undefined;
  }
}

/** The settings of now over those of the call that was refused. */
export function replaySettings(settings: Settings, { flags }: Refusal): Settings {
  const isAnother = identityFlags.some((name) => settings.has(name));
  const recorded = (name: FlagName): string | undefined =>
    settings.has(name) || (isAnother && identityFlags.some((each) => each === name)) ? undefined : flags[name];
  return {
    ...settings,
    text: (name) => recorded(name) ?? settings.text(name),
    has: (name) => recorded(name) !== undefined || settings.has(name),
    source: (name) => (recorded(name) === undefined ? settings.source(name) : `--${name}`),
  };
}

function fileIn(environment: Environment): string {
  return join(cacheDirectory(environment), "last-refused.json");
}
