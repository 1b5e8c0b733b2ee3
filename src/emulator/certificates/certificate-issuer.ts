import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { ServerCertificate } from "../../http/tls.ts";
import { bitString, boolean, der, explicit, integer, objectIdentifier, octetString, sequence } from "./der.ts";
import { extension, keyIdentifier, randomSerialNumber, signCertificate } from "./sign-certificate.ts";

/** A CA that signs whatever it is asked to; what holds it back is the constraint in its own certificate. */
export interface CertificateIssuer {
  /** PEM. */
  readonly certificate: string;
  /** A server certificate for a host or the bytes of an address, signed by the CA, and its key. */
  issue(subject: string | Uint8Array): ServerCertificate;
}

const lifetimeMs = 7 * 24 * 60 * 60 * 1000;

/** Clocks of containers and virtual machines lag: the certificates are valid since an hour ago. */
const backdatedMs = 60 * 60 * 1000;

/** Tags of general names (RFC 5280 section 4.2.1.6). */
const dnsName = 0x82;
const ipAddress = 0x87;

/**
 * Makes a CA: ECDSA P-256, valid for seven days, able to vouch for names under `permittedDomains` and for no address (name
 * constraints, RFC 5280 section 4.2.1.10). Times are the machine's, since clients check them by theirs. Keys stay in memory.
 */
export function createCertificateIssuer(permittedDomains: readonly string[]): CertificateIssuer {
  const caKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const leafKeys = generateKeyPairSync("ec", { namedCurve: "P-256" }); // which all leaves share
  const key = leafKeys.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const now = Date.now();
  const validity = { notBeforeMs: now - backdatedMs, notAfterMs: now + lifetimeMs };
  const issuer = {
    // A name of its own for each CA, so that one left over in a bundle is not taken for the issuer.
    CN: `runpass emulator CA ${randomBytes(4).toString("hex")}`,
    O: "runpass emulator, for tests on this machine only",
  };
  const caKeyIdentifier = keyIdentifier(caKeys.publicKey);
  const certificate = signCertificate(
    {
      subject: issuer,
      issuer,
      serialNumber: randomSerialNumber(),
      ...validity,
      publicKey: caKeys.publicKey,
      extensions: [
        basicConstraints(boolean(true), integer(0)), // a CA, of no other CA
        keyUsage(0b0000_0110, 1), // keyCertSign, cRLSign
        subjectKeyIdentifier(caKeyIdentifier),
        nameConstraints(permittedDomains),
      ],
    },
    caKeys.privateKey,
  );
  const leafExtensions = [
    basicConstraints(),
    keyUsage(0b1000_0000, 7), // digitalSignature
    extension("2.5.29.37", sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))), // extended key usage: serverAuth
    subjectKeyIdentifier(keyIdentifier(leafKeys.publicKey)),
    extension("2.5.29.35", sequence(der(0x80, caKeyIdentifier))), // authority key identifier
  ];

  return {
    certificate,
    issue: (subject) => {
      const leaf = {
        // The host is named in the SAN alone: a common name has at most 64 characters, hosts of Cloud Run can have more.
        subject: { O: "runpass emulator" },
        issuer,
        serialNumber: randomSerialNumber(),
        ...validity,
        publicKey: leafKeys.publicKey,
        extensions: [...leafExtensions, subjectAlternativeName(subject)],
      };
      // With the CA's own, so that a browser can be told to trust it by the digest of its key, in no trust store.
      return { cert: signCertificate(leaf, caKeys.privateKey) + certificate, key };
    },
  };
}

// The extensions of RFC 5280 section 4.2.1.

function basicConstraints(...contents: readonly Buffer[]): Buffer {
  return extension("2.5.29.19", sequence(...contents), { critical: true });
}

function keyUsage(bits: number, unusedBits: number): Buffer {
  return extension("2.5.29.15", bitString(Buffer.from([bits]), unusedBits), { critical: true });
}

function subjectKeyIdentifier(identifier: Buffer): Buffer {
  return extension("2.5.29.14", octetString(identifier));
}

function subjectAlternativeName(subject: string | Uint8Array): Buffer {
  const named = typeof subject === "string" ? der(dnsName, Buffer.from(subject, "latin1")) : der(ipAddress, subject);
  return extension("2.5.29.17", sequence(named));
}

/** Only these domains and what is under them, and no IP address. */
function nameConstraints(domains: readonly string[]): Buffer {
  const permitted = domains.map((domain) => sequence(der(dnsName, Buffer.from(domain, "latin1"))));
  // An address and its mask, all zero: every address.
  const excluded = [8, 32].map((length) => sequence(der(ipAddress, Buffer.alloc(length))));
  const value = sequence(explicit(0, ...permitted), explicit(1, ...excluded));
  return extension("2.5.29.30", value, { critical: true });
}
