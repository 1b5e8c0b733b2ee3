/** A host by its usual name: clients with a certificate ask `run.mtls.googleapis.com`, others `run.REGION.rep.googleapis.com`. */
export function usualHost(host: string): string {
  const [, name, region] = /^([a-z\d]+)\.(?:mtls|([a-z\d-]+)\.rep)\.googleapis\.com$/.exec(host) ?? [];
  if (name === undefined) return host;
  return region === undefined ? `${name}.googleapis.com` : `${region}-${name}.googleapis.com`;
}
