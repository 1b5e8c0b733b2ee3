/**
 * Names of workload and workforce identity pools and of who is in them.
 * Source: IAM documentation, "Principal identifiers"; for audiences "Configure workload identity federation".
 */

/** `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. IAM names the project by its number alone. */
export function workloadPoolName(projectNumber: string, pool: string): string {
  return `projects/${projectNumber}/locations/global/workloadIdentityPools/${pool}`;
}

/** `locations/global/workforcePools/POOL`. */
export function workforcePoolName(pool: string): string {
  return `locations/global/workforcePools/${pool}`;
}

/** `POOL/providers/PROVIDER`. */
export function providerName(pool: string, provider: string): string {
  return `${pool}/providers/${provider}`;
}

/** The audience by which a provider is meant, both in a token exchange and in `external_account` credentials. */
export function providerAudience(provider: string): string {
  return `//iam.googleapis.com/${provider}`;
}

/** Reads an audience of a token exchange: the provider's name, or `undefined` when it can be none. */
export function parseProviderAudience(audience: string): string | undefined {
  return /^\/\/iam\.googleapis\.com\/((?:projects\/\d+\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[^/]+\/providers\/[^/]+)$/.exec(
    audience,
  )?.[1];
}

/** Whether a pool's or provider's id can be one. Source: google/iam/v1beta/workload_identity_pool.proto. */
export function isPoolId(text: string): boolean {
  return /^[a-z0-9-]{4,32}$/.test(text) && !text.startsWith("gcp-");
}

/** Who a token of a provider stands for. */
export interface MappedIdentity {
  readonly subject: string;
  readonly groups: readonly string[];
  /** Without the `attribute.` in front. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** `principal://…/subject/SUBJECT`: the one member that means this identity alone. */
export function principalOf(pool: string, subject: string): string {
  return `principal://iam.googleapis.com/${pool}/subject/${subject}`;
}

/** Every set of a pool's identities that an identity is in, as policies write them. */
export function principalSetsOf(pool: string, { groups, attributes }: MappedIdentity): string[] {
  const set = `principalSet://iam.googleapis.com/${pool}`;
  return [
    ...groups.map((group) => `${set}/group/${group}`),
    ...Object.entries(attributes).map(([name, value]) => `${set}/attribute.${name}/${value}`),
    `${set}/*`,
  ];
}
