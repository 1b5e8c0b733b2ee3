import { generateKeyPair } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../core/clock.ts";

const dayMs = 86_400_000;

/**
 * A certificate around a public key, in PEM: the form in which Google publishes its keys for clients that want one. It is signed
 * by nobody in particular, as clients take the key out of it and look at nothing else.
 */
export async function createKeyCertificate(publicKey: KeyObject, clock: Clock): Promise<string> {
  await import("reflect-metadata"); // @peculiar/x509 wants it first
  const { X509CertificateGenerator } = await import("@peculiar/x509");
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=federated-signon.system.gserviceaccount.com",
    issuer: "CN=runpass emulator",
    notBefore: new Date(clock.nowMs() - dayMs),
    notAfter: new Date(clock.nowMs() + 16 * dayMs),
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    signingKey: privateKey.toCryptoKey(algorithm, false, ["sign"]),
    signingAlgorithm: algorithm,
  });
  return `${certificate.toString("pem")}\n`;
}
