import { getCACertificates, rootCertificates } from "node:tls";

/**
 * The roots that this machine trusts, in PEM, one certificate each. A client that is told to trust a file trusts nothing else,
 * and must still reach what the emulator lets through.
 */
export function systemRoots(): readonly string[] {
  const system = getCACertificates("system");
  // A set, because a machine's store names most roots several times.
  return [...new Set([...(system.length > 0 ? system : rootCertificates), ...getCACertificates("extra")])];
}

/** Many certificates as one PEM file. */
export function formatCaBundle(certificates: readonly string[]): string {
  return certificates.map((pem) => `${pem.trim()}\n`).join("");
}
