/** Wire shapes of the metadata server. Source: Compute Engine, "View and query VM metadata"; Cloud Run, "Container runtime contract". */

/** Address of the metadata server where nothing else is said. */
export const metadataOrigin = "http://169.254.169.254";

export const metadataPath = "/computeMetadata/v1";

/** To be sent, and sent back: a page that a browser leads here cannot set it, and another server does not know it. */
export const metadataFlavor = { name: "metadata-flavor", value: "Google" } as const;

/** `service-accounts/ACCOUNT/token` */
export interface MetadataToken {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
  readonly token_type: string;
}
