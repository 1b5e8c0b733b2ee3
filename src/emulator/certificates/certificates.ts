import { isIP } from "node:net";
import type { ServerCertificate } from "../../http/tls.ts";
import { createCertificateIssuer } from "./certificate-issuer.ts";
import { testIssuerHost } from "../federation/test-issuer.ts";

/**
 * The domains that the emulator stands for, each with everything under it. Its CA can vouch for no other name: clients refuse
 * a certificate that goes beyond.
 */
export const emulatedDomains: readonly string[] = [
  "googleapis.com", // every API: oauth2, iam, iamcredentials, run and REGION-run, sts, cloudresourcemanager, …
  "accounts.google.com", // issuer of ID tokens: discovery, sign-in
  "www.google.com", // where people type the code that a device shows
  "sdk.cloud.google.com", // where gcloud has people copy a code
  "run.app", // the services themselves
  testIssuerHost, // whoever vouches for workloads elsewhere; no such name exists outside
];

/** Whether a host, in lower case, is one that the emulator stands for over TLS. */
export function isEmulatedHost(host: string): boolean {
  return emulatedDomains.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/** Issues certificates for the hosts that the emulator stands for. Its keys never leave the process's memory. */
export interface CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  /** Certificate and key for a host; `undefined` for hosts that the emulator does not stand for. */
  certificateFor(host: string): ServerCertificate | undefined;
}

/** Any name under run.app can be asked for, so the cache has a limit. */
const cachedHosts = 1_000;

/** Makes a CA of its own, valid for seven days, for {@link emulatedDomains} alone. */
export function createCertificateAuthority(): CertificateAuthority {
  const issuer = createCertificateIssuer(emulatedDomains);
  const issued = new Map<string, ServerCertificate>();
  return {
    certificate: issuer.certificate,
    certificateFor: (host) => {
      const name = host.toLowerCase();
      if (!isEmulatedHost(name) || !isHostName(name)) return undefined;
      let certificate = issued.get(name);
      if (certificate === undefined) {
        if (issued.size >= cachedHosts) issued.clear();
        certificate = issuer.issue(name);
        issued.set(name, certificate);
      }
      return certificate;
    },
  };
}

function isHostName(host: string): boolean {
  return host.length <= 253 && isIP(host) === 0 && /^(?!-)[a-z\d-]{1,63}(?:\.(?!-)[a-z\d-]{1,63})*$/.test(host);
}
