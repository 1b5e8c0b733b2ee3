import { once } from "node:events";
import { readVariable } from "../core/environment.ts";
import type { Io } from "./io.ts";

/**
 * Opens an address in the user's browser: `BROWSER`'s (commands separated by colons, `%s` for the address), else the system's.
 *
 * @returns whether one was started; `failed` settles when it turns out later that none could be.
 */
export async function openBrowser(io: Io, url: string): Promise<{ readonly failed: Promise<void> } | undefined> {
  for (const [command = "", ...words] of browserCommands(io, url)) {
    const child = io.spawn(command, words, { stdio: "ignore", detached: true, env: io.environment.variables });
    child.unref();
    const started = await Promise.race([
      once(child, "spawn").then(() => true),
      once(child, "error").then(() => false),
    ]).catch(() => false); // `once` rejects with the error that it does not wait for
    if (!started) continue;
    const failed = new Promise<void>((resolve) => {
      child.once("exit", (code) => {
        if (code !== 0) resolve();
      });
    });
    return { failed };
  }
  return undefined;
}

/** The commands to try, in order. */
function browserCommands({ environment }: Io, url: string): readonly (readonly string[])[] {
  const named = readVariable(environment, "BROWSER");
  if (named !== undefined) {
    return named.split(":").map((text) => {
      const words = text
        .trim()
        .replace(/\s*&$/, "") // shells' sign for the background: we do not wait anyhow
        .split(/\s+/);
      return words.includes("%s") ? words.map((word) => (word === "%s" ? url : word)) : [...words, url];
    });
  }
  if (environment.platform === "darwin") return [["open", url]];
  if (environment.platform === "win32") return [["rundll32", "url.dll,FileProtocolHandler", url]];
  const hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => readVariable(environment, name) !== undefined);
  return hasScreen ? [["xdg-open", url]] : []; // else a browser in the terminal might open, which no sign-in page likes
}
