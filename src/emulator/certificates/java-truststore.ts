import { createHash } from "node:crypto";

/** The password of every truststore that Java ships. It only guards against accidents: a truststore holds no secret. */
export const truststorePassword = "changeit";

/**
 * Writes a truststore in Java's own format (JKS), which every Java reads, so that no `keytool` is needed.
 * Layout: `sun.security.provider.JavaKeyStore` in OpenJDK, version 2, trusted-certificate entries.
 *
 * @param certificates PEM, one certificate each.
 */
export function formatTruststore(certificates: readonly string[]): Buffer {
  const entries = certificates.map((pem, index) => {
    const raw = Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ""), "base64"); // to parse them all would take long
    // The zeros are the entry's date, which nobody asks for.
    return Buffer.concat([uint32(2), text(`root-${index}`), Buffer.alloc(8), text("X.509"), uint32(raw.length), raw]);
  });
  const store = Buffer.concat([uint32(0xfeedfeed), uint32(2), uint32(entries.length), ...entries]);
  const password = Buffer.from(truststorePassword, "utf16le").swap16();
  const digest = createHash("sha1").update(password).update("Mighty Aphrodite").update(store).digest();
  return Buffer.concat([store, digest]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string behind its length, as Java's `DataOutput.writeUTF` puts ASCII. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, "ascii");
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
