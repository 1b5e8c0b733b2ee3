import { generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { randomSerialNumber, signCertificate } from "./sign-certificate.ts";

const dayMs = 86_400_000;

/**
 * A certificate around a public key, in PEM: the form in which Google publishes its keys for clients that want one. It is signed
 * by nobody in particular, as clients take the key out of it and look at nothing else.
 */
export function createKeyCertificate(publicKey: KeyObject, clock: Clock): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const fields = {
    subject: { CN: "federated-signon.system.gserviceaccount.com" },
    issuer: { CN: "runpass emulator" },
    serialNumber: randomSerialNumber(),
    notBeforeMs: clock.nowMs() - dayMs,
    notAfterMs: clock.nowMs() + 16 * dayMs,
    publicKey,
  };
  return signCertificate(fields, privateKey);
}
