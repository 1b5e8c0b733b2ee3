import { createHash, randomBytes, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import {
  bitString,
  boolean,
  explicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

/** A common name, or an organisation, or both. */
export interface DistinguishedName {
  readonly CN?: string;
  readonly O?: string;
}

/** What a certificate says (RFC 5280 section 4.1). */
export interface CertificateFields {
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Big-endian; the first bit is zero, some other is not. */
  readonly serialNumber: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The key that the certificate is about. */
  readonly publicKey: KeyObject;
  /** Made by {@link extension}. */
  readonly extensions?: readonly Buffer[];
}

const ecdsaWithSha256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const attributeTypes = { CN: "2.5.4.3", O: "2.5.4.10" };

/** An X.509 certificate of version 3 in PEM, signed with a key on P-256 by ECDSA with SHA-256 (RFC 5758 section 3.2). */
export function signCertificate(fields: CertificateFields, signingKey: KeyObject): string {
  const { extensions = [] } = fields;
  const signed = sequence(
    explicit(0, integer(2)), // version 3
    integer(fields.serialNumber),
    ecdsaWithSha256,
    name(fields.issuer),
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    name(fields.subject),
    fields.publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [explicit(3, sequence(...extensions))] : []),
  );
  const certificate = sequence(signed, ecdsaWithSha256, bitString(sign("sha256", signed, signingKey)));
  const lines = certificate.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function name({ CN, O }: DistinguishedName): Buffer {
  const parts = Object.entries({ CN, O }).filter((part): part is ["CN" | "O", string] => part[1] !== undefined);
  return sequence(
    ...parts.map(([type, value]) => set(sequence(objectIdentifier(attributeTypes[type]), utf8String(value)))),
  );
}

/** An extension of a certificate: what it is, its value in DER, and whether clients that do not know it must refuse. */
export function extension(
  identifier: string,
  value: Buffer,
  { critical = false }: { readonly critical?: boolean } = {},
): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** Positive and not zero, as RFC 5280 section 4.1.2.2 asks. */
export function randomSerialNumber(): Buffer {
  return Buffer.concat([Buffer.from([1]), randomBytes(15)]);
}

/** By what certificates refer to a key: SHA-1 of its bits (RFC 5280 section 4.2.1.2). `publicKey`: on P-256. */
export function keyIdentifier(publicKey: KeyObject): Buffer {
  const uncompressedPointBytes = 65; // stands last
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }).subarray(-uncompressedPointBytes))
    .digest();
}
