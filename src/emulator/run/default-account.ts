/** E-mail of the account that services run as unless told otherwise: the Compute Engine default one. Source: Cloud Run, "Service identity". */
export function defaultServiceAccount(projectNumber: string): string {
  return `${projectNumber}-compute@developer.gserviceaccount.com`;
}
