import type { SecureContext } from "node:tls";
import { readVariable } from "../core/environment.ts";
import { RunpassError } from "../core/errors.ts";
import type { Network } from "./network.ts";
import { certificatesIn } from "./pem.ts";

/** Node's own, in PEM. Bundles name most of them, too, and each that is parsed once more takes time. */
let known: ReadonlySet<string> | undefined;

/** The last one, with the further certificates that are in it. */
let last: { readonly named: string; readonly context: SecureContext } | undefined;

/**
 * Node's own CAs with those of NODE_EXTRA_CA_CERTS and of gcloud's settings, or `undefined` where Node's own are all: it has
 * read NODE_EXTRA_CA_CERTS already where the process's own environment names it.
 *
 * @throws {RunpassError} `invalid_argument` for a file that cannot be read or holds no certificate.
 */
export async function readTrust({ environment, caFile }: Network): Promise<SecureContext | undefined> {
  const files = [readVariable(environment, "NODE_EXTRA_CA_CERTS"), caFile].filter((file) => file !== undefined);
  if (files.length === 0) return undefined;
  const { createSecureContext, getCACertificates } = await import("node:tls");
  const certificates = (await Promise.all([...new Set(files)].map(readCertificateFile))).flat();
  const own = (known ??= new Set(getCACertificates("default").map((certificate) => certificate.trim())));
  const further = certificates.filter((certificate) => !own.has(certificate));
  if (further.length === 0) return undefined;
  const named = further.join("\n");
  if (last?.named !== named) {
    const context = createSecureContext();
    // Adds to Node's own; the option `ca` stands in their place.
    const { context: native } = context as { readonly context: { addCACert(pem: string): void } };
    for (const certificate of further) native.addCACert(certificate);
    last = { named, context };
  }
  return last.context;
}

async function readCertificateFile(file: string): Promise<readonly string[]> {
  const { readFile } = await import("node:fs/promises");
  const refuse = (message: string, why?: string): never => {
    const fix = "Correct NODE_EXTRA_CA_CERTS or gcloud's core/custom_ca_certs_file";
    throw new RunpassError({ code: "invalid_argument", message, why, fix });
  };
  const text = await readFile(file, "utf8").catch((error: unknown) =>
    refuse(`The file of CA certificates ${file} cannot be read`, (error as NodeJS.ErrnoException).code),
  );
  const certificates = certificatesIn(text);
  return certificates.length > 0
    ? certificates
    : refuse(`The file of CA certificates ${file} holds no certificate in PEM form`);
}
