import { execFile } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const packageDir = join(import.meta.dirname, "../../node_modules/@sparticuz/chromium");

/** Nothing that talks to anybody but the pages, and root may run it. */
const flags: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Options of {@link launchBrowser}. */
export interface BrowserOptions {
  /** An emulator as the browser's proxy, trusted by its CA and nothing else; `localhost` goes past it. */
  readonly proxy?: { readonly url: string; readonly caCertificate: string };
}

/**
 * Starts a real Chromium: the one that `RUNPASS_TEST_BROWSER` names, else the one that npm has brought along, with the libraries
 * that come with it. Fails where there is none; a test must not skip for that.
 */
export async function launchBrowser({ proxy }: BrowserOptions = {}): Promise<Browser> {
  const named = process.env["RUNPASS_TEST_BROWSER"];
  const directory = named === undefined ? await unpackBrowser() : undefined;
  return chromium.launch({
    executablePath: named ?? join(directory!, "chromium"),
    args: [...flags, ...(proxy ? [`--ignore-certificate-errors-spki-list=${keyDigest(proxy.caCertificate)}`] : [])],
    ...(proxy ? { proxy: { server: proxy.url } } : {}),
    env: {
      ...process.env,
      ...(directory === undefined
        ? {}
        : { LD_LIBRARY_PATH: join(directory, "al2023", "lib"), FONTCONFIG_PATH: join(directory, "fonts") }),
    },
  });
}

/** Unpacks the browser once a version, beside the packages: whole or not at all, whoever else does it at the same time. */
async function unpackBrowser(): Promise<string> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error("npm brings a browser for Linux on x64 only: name another Chromium with RUNPASS_TEST_BROWSER.");
  }
  const { version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8")) as { version: string };
  const cache = join(import.meta.dirname, "../../node_modules/.cache");
  const directory = join(cache, `chromium-${version}`);
  if (existsSync(directory)) return directory;
  await mkdir(cache, { recursive: true });
  const unpacked = await mkdtemp(join(cache, "chromium-unpacking-"));
  // In a process of its own: the package knows no way but TMPDIR to say where, and others here make temporary files, too.
  await promisify(execFile)(process.execPath, ["--no-warnings", join(import.meta.dirname, "unpack-browser.ts")], {
    env: { ...process.env, TMPDIR: unpacked },
  });
  // Without fonts no text has a size, and so nothing is visible: those that come along are looked for in other places.
  const fonts = join(directory, "fonts");
  const configuration = `<fontconfig><dir>${fonts}</dir><cachedir>${fonts}/cache</cachedir></fontconfig>\n`;
  await writeFile(join(unpacked, "fonts", "fonts.conf"), configuration);
  try {
    await rename(unpacked, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
    await rm(unpacked, { recursive: true }); // another process was faster
  }
  return directory;
}

/** What Chromium calls a key by: SHA-256 of its SPKI, in Base64. */
function keyDigest(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("base64");
}
