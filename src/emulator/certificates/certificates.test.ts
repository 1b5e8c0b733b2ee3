import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { createServer } from "node:tls";
import { notStarted, run } from "../../../test/support/loopback.ts";
import { createCertificateIssuer } from "./certificate-issuer.ts";
import { createCertificateAuthority, emulatedDomains } from "./certificates.ts";
import type { CertificateAuthority } from "./certificates.ts";

const hourMs = 3_600_000;
let ca: CertificateAuthority;
before(() => {
  ca = createCertificateAuthority();
});

function leafFor(host: string): X509Certificate {
  const certificate = ca.certificateFor(host);
  assert(certificate !== undefined);
  return new X509Certificate(certificate.cert);
}

/** What `openssl verify` says of a leaf. */
async function verify(t: TestContext, caPem: string, leafPem: string, check: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "runpass-ca-"));
  t.after(() => rm(directory, { recursive: true }));
  const [caFile, leafFile] = [join(directory, "ca.pem"), join(directory, "leaf.pem")];
  await Promise.all([writeFile(caFile, caPem), writeFile(leafFile, leafPem)]);
  const args = ["verify", "-x509_strict", "-purpose", "sslserver", ...check, "-CAfile", caFile, leafFile];
  const { stdout, stderr } = await run("openssl", args);
  return stdout + stderr;
}

test("openssl accepts the certificates of emulated hosts by its strict rules", async (t) => {
  for (const host of [
    "iam.googleapis.com",
    "us-central1-run.googleapis.com",
    "accounts.google.com",
    "my-service-123456789012.us-central1.run.app",
    `${"s".repeat(49)}-123456789012.northamerica-northeast1.run.app`,
  ]) {
    const leaf = leafFor(host);
    assert.match(await verify(t, ca.certificate, leaf.toString(), ["-verify_hostname", host]), /leaf\.pem: OK/);
  }
});

test("no certificate is issued for any other host", () => {
  for (const host of [
    "google.com",
    "evil.example",
    "notrun.app",
    "run.app.evil.example",
    "127.0.0.1",
    "localhost",
    "",
    ".run.app",
    "a b.run.app",
    "*.run.app",
    "é.run.app",
    `${"a".repeat(64)}.run.app`,
  ]) {
    assert.equal(ca.certificateFor(host), undefined, host);
  }
});

test("the CA's certificate rules out every other name and every address, whatever it signs", async (t) => {
  const issuer = createCertificateIssuer(emulatedDomains);
  const verdict = (host: string): Promise<string> =>
    verify(t, issuer.certificate, issuer.issue(host).cert, ["-verify_hostname", host]);
  const verdictOfAddress = (address: string, bytes: readonly number[]): Promise<string> =>
    verify(t, issuer.certificate, issuer.issue(Buffer.from(bytes)).cert, ["-verify_ip", address]);
  assert.match(await verdict("a.run.app"), /leaf\.pem: OK/);
  assert.match(await verdict("evil.example"), /permitted subtree violation/);
  assert.match(await verdict("evilrun.app"), /permitted subtree violation/);
  assert.match(await verdictOfAddress("127.0.0.1", [127, 0, 0, 1]), /excluded subtree violation/);
  assert.match(
    await verdictOfAddress("::1", [...Array.from({ length: 15 }, () => 0), 1]),
    /excluded subtree violation/,
  );
});

test("certificates are valid since an hour ago and for days, and say what the strict rules ask for", () => {
  const own = new X509Certificate(ca.certificate);
  const leaf = leafFor("iam.googleapis.com");
  const aboutNow = Date.now() - Date.parse(own.validFrom);
  assert(aboutNow >= hourMs - 1_000 && aboutNow < hourMs + 60_000);
  assert(Date.parse(own.validTo) - Date.now() <= 7 * 24 * hourMs);
  assert.equal(leaf.validTo, own.validTo);
  assert.equal(leaf.validFrom, own.validFrom);
  assert(own.ca);
  assert(!leaf.ca);
  assert(leaf.checkIssued(own) && leaf.verify(own.publicKey));
  assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.equal(leaf.subjectAltName, "DNS:iam.googleapis.com");
  assert.notEqual(leaf.serialNumber, leafFor("run.googleapis.com").serialNumber);
});

test("Python accepts a certificate by the strict rules of its newest versions", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "runpass-ca-"));
  t.after(() => rm(directory, { recursive: true }));
  const caFile = join(directory, "ca.pem");
  await writeFile(caFile, ca.certificate);
  const certificate = ca.certificateFor("iam.googleapis.com");
  const server = createServer({ ...certificate }, (socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const script = `
import socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as raw:
    with context.wrap_socket(raw, server_hostname="iam.googleapis.com") as tls:
        print(tls.version())
`;
  const { stdout, stderr, code } = await run("python3", [
    "-c",
    script,
    caFile,
    String((server.address() as AddressInfo).port),
  ]);
  if (code === notStarted) return t.skip("no python3 on this machine");
  assert.equal(stdout.trim(), "TLSv1.3", stderr);
});

test("a certificate is made once, and each CA has a name and keys of its own", () => {
  assert.equal(ca.certificateFor("iam.googleapis.com"), ca.certificateFor("IAM.googleapis.com"));
  const other = new X509Certificate(createCertificateAuthority().certificate);
  assert.notEqual(other.subject, new X509Certificate(ca.certificate).subject);
});
