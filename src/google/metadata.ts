/** Wire shapes of the metadata server. Source: Compute Engine, "View and query VM metadata"; Cloud Run, "Container runtime contract". */

/** Address of the metadata server where nothing else is said. */
export const metadataOrigin = "http://169.254.169.254";

export const metadataPath = "/computeMetadata/v1";

/** To be sent, and sent back: a page that a browser leads here cannot set it, and another server does not know it. */
export const metadataFlavor = { name: "metadata-flavor", value: "Google" } as const;

/**
 * What leads Google's libraries and gcloud to a metadata server, and past whatever would come before it. Sources: gcp-metadata for
 * Node.js, google-auth for Python, gcloud's `core/credentials/gce.py`.
 *
 * @param host `HOST:PORT` of the server.
 * @param account The e-mail of the service account that it gives tokens of.
 * @param gcloudDirectory An empty folder, for gcloud's configuration.
 * @returns variables to set; `undefined` takes one away.
 */
export function metadataVariables(
  host: string,
  account: string,
  gcloudDirectory: string,
): Readonly<Record<string, string | undefined>> {
  return {
    GCE_METADATA_HOST: host,
    GCE_METADATA_IP: host, // Python asks it whether there is a server
    GCE_METADATA_ROOT: host, // gcloud's name for it
    METADATA_SERVER_DETECTION: "assume-present",
    NO_GCE_CHECK: undefined,
    // Files and gcloud's logins would come first: libraries and gcloud look into an empty folder.
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    CLOUDSDK_CONFIG: gcloudDirectory,
    CLOUDSDK_CORE_CHECK_GCE_METADATA: "true",
    CLOUDSDK_CORE_ACCOUNT: account,
  };
}

/** `service-accounts/ACCOUNT/token` */
export interface MetadataToken {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly token_type: string;
}
