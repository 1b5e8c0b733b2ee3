import { readFile } from "node:fs/promises";
import { getCACertificates, rootCertificates } from "node:tls";
import { certificatesIn } from "../../http/pem.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Where distributions keep their roots in one file: Debian, Fedora, openSUSE, Alpine (source: Go's crypto/x509, root_linux.go). */
const linuxBundles = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The roots that this machine trusts, in PEM, one certificate each. A client that is told to trust a file trusts nothing else,
 * and must still reach what the emulator lets through.
 *
 * @param variables The environment: it may name further roots.
 */
export async function systemRoots(variables: Variables): Promise<readonly string[]> {
  const system = (await readLinuxBundle(variables)) ?? getCACertificates("system");
  // A set, because a machine's store may name a root several times.
  return [...new Set([...(system.length > 0 ? system : rootCertificates), ...getCACertificates("extra")])];
}

/** What Node.js finds too, but by parsing each root, which takes twenty times as long. */
async function readLinuxBundle(variables: Variables): Promise<readonly string[] | undefined> {
  const { SSL_CERT_FILE: own, SSL_CERT_DIR: directory } = variables;
  if (process.platform !== "linux" || directory !== undefined) return undefined;
  const further = own === undefined ? [] : await readRoots(own);
  for (const bundle of linuxBundles) {
    const roots = await readRoots(bundle);
    if (roots.length > 0) return [...further, ...roots];
  }
  return undefined;
}

/** Nothing for a file that is not there: another one, or Node.js, has them. */
async function readRoots(file: string): Promise<readonly string[]> {
  return certificatesIn(await readFile(file, "utf8").catch(() => ""));
}

/** Many certificates as one PEM file. */
export function formatCaBundle(certificates: readonly string[]): string {
  return certificates.map((pem) => `${pem.trim()}\n`).join("");
}
