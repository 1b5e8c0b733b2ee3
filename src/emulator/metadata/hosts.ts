/** Under which names the metadata server is reached. Source: Compute Engine documentation, "About VM metadata". */
export const metadataHosts: readonly string[] = ["metadata.google.internal", "metadata", "169.254.169.254"];

/** What is on the emulator's own address, too. */
export const metadataPrefix = "/computeMetadata";

/** Whether a host, in lower case, is the metadata server's. */
export function isMetadataHost(host: string): boolean {
  return metadataHosts.includes(host);
}
