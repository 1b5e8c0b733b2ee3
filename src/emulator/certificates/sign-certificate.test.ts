import assert from "node:assert/strict";
import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { extension, randomSerialNumber, signCertificate } from "./sign-certificate.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** What OpenSSL reads in a certificate. */
function issue(change: Partial<Parameters<typeof signCertificate>[0]>): X509Certificate {
  const fields = {
    subject: { CN: "Überall", O: "one" },
    issuer: { CN: "issuer" },
    serialNumber: randomSerialNumber(),
    notBeforeMs: 0,
    notAfterMs: Date.parse("2030-01-01T00:00:00Z"),
    publicKey,
    ...change,
  };
  return new X509Certificate(signCertificate(fields, privateKey));
}

test("OpenSSL finds in a certificate what was put in, and the signature right", () => {
  const serialNumber = Buffer.from("01ff00", "hex");
  const read = issue({ serialNumber });
  assert.deepEqual(
    [read.subject, read.issuer, read.serialNumber],
    ["CN=Überall\nO=one", "CN=issuer", serialNumber.toString("hex").toUpperCase()],
  );
  assert.ok(read.verify(publicKey) && read.publicKey.equals(publicKey));
  assert.ok(!read.verify(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey));
});

test("keys of any kind can be certified", () => {
  for (const { publicKey: other } of [
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
    generateKeyPairSync("ed25519"),
  ]) {
    assert.ok(issue({ publicKey: other }).publicKey.equals(other));
  }
});

test("instants of any year are read as they were given", () => {
  for (const instant of [
    "1950-01-01T00:00:00Z",
    "2049-12-31T23:59:59Z",
    "2050-01-01T00:00:00Z",
    "2261-02-28T12:34:56Z",
  ]) {
    const read = issue({ notAfterMs: Date.parse(instant) });
    assert.equal(Date.parse(read.validTo), Date.parse(instant));
  }
  assert.equal(Date.parse(issue({ notBeforeMs: 0.5 }).validFrom), 0);
});

test("contents of any length are read to their end", () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const comment = `c${"x".repeat(length)}`;
    assert.equal(issue({ subject: { O: comment } }).subject, `O=${comment}`);
  }
});

test("an extension that nobody knows is there, and found critical or not", () => {
  for (const critical of [true, false]) {
    const read = issue({ extensions: [extension("2.999.16384.127", Buffer.from([5, 0]), { critical })] });
    const identifier = "060688378180007f";
    assert.ok(read.raw.toString("hex").includes(`${identifier}${critical ? "0101ff" : ""}04020500`));
  }
});
