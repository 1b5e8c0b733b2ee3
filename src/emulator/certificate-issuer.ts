import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { ServerCertificate } from "../http/tls.ts";

/** What a certificate is for. */
export interface CertificateName {
  readonly type: "dns" | "ip";
  readonly value: string;
}

/** A CA that signs whatever it is asked to; what holds it back is the constraint in its own certificate. */
export interface CertificateIssuer {
  /** PEM. */
  readonly certificate: string;
  /** A server certificate, signed by the CA, and its key. */
  issue(name: CertificateName): Promise<ServerCertificate>;
}

const lifetimeMs = 7 * 24 * 60 * 60 * 1000;

/** Clocks of containers and virtual machines lag: the certificates are valid since an hour ago. */
const backdatedMs = 60 * 60 * 1000;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * Makes a CA: ECDSA P-256, valid for seven days, able to vouch for names under `permittedDomains` and for no address (name
 * constraints, RFC 5280 section 4.2.1.10). Times are the machine's, since clients check them by theirs. Keys stay in memory.
 */
export async function createCertificateIssuer(permittedDomains: readonly string[]): Promise<CertificateIssuer> {
  await import("reflect-metadata"); // which @peculiar/x509 expects to find
  const x509 = await import("@peculiar/x509");
  // The CA's key cannot be exported; the leaves share one that node:tls can read.
  const caKeys = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const leafKey = generateKeyPairSync("ec", {
    namedCurve: algorithm.namedCurve,
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const leafPublicKey = new x509.PublicKey(leafKey.publicKey);
  const now = Date.now();
  const validity = { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + lifetimeMs) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    // A name of its own for each CA, so that one left over in a bundle is not taken for the issuer.
    name: [
      { CN: [`runpass emulator CA ${randomBytes(4).toString("hex")}`] },
      { O: ["runpass emulator, for tests on this machine only"] },
    ],
    serialNumber: randomSerial(),
    ...validity,
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
      new x509.Extension("2.5.29.30", true, nameConstraints(permittedDomains)),
    ],
  });

  return { certificate: `${ca.toString("pem")}\n`, issue };

  async function issue({ type, value }: CertificateName): Promise<ServerCertificate> {
    const leaf = await x509.X509CertificateGenerator.create({
      // The host is named in the SAN alone: a common name has at most 64 characters, hosts of Cloud Run can have more.
      subject: [{ O: ["runpass emulator"] }],
      issuer: ca.subjectName,
      serialNumber: randomSerial(),
      ...validity,
      signingAlgorithm: algorithm,
      publicKey: leafPublicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([{ type, value }]),
        await x509.SubjectKeyIdentifierExtension.create(leafPublicKey),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      ],
    });
    // With the CA's own, so that a browser can be told to trust it by the digest of its key, in no trust store.
    return { cert: `${leaf.toString("pem")}\n${ca.toString("pem")}`, key: leafKey.privateKey };
  }
}

/** Positive and not zero, as RFC 5280 section 4.1.2.2 asks. */
function randomSerial(): string {
  return `01${randomBytes(15).toString("hex")}`;
}

/** DER of NameConstraints: only these domains and what is under them, and no IP address. */
function nameConstraints(domains: readonly string[]): Buffer {
  const dnsName = 0x82;
  const ipAddress = 0x87;
  const permitted = domains.map((domain) => der(0x30, der(dnsName, Buffer.from(domain, "latin1"))));
  // An address and its mask, all zero: every address.
  const excluded = [8, 32].map((length) => der(0x30, der(ipAddress, Buffer.alloc(length))));
  return der(0x30, der(0xa0, ...permitted), der(0xa1, ...excluded));
}

/** One DER value: tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length > 255) throw new RangeError("longer than this encoder can say");
  const length = content.length < 128 ? [content.length] : [0x81, content.length];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
