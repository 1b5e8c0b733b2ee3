import { loadedCel } from "../../google/cel.ts";
import { isPoolId, providerName, workforcePoolName, workloadPoolName } from "../../google/identity-pool.ts";
import type { ProviderRecord } from "./records.ts";
import type { World } from "../world/world.ts";
import type { WorldIdentityPool, WorldIdentityProvider } from "../world/world-pools.ts";
import { isIssuerUrl } from "./issuer-keys.ts";
import { defaultMapping } from "./map-attributes.ts";
import { testIssuer } from "./test-issuer.ts";

/** Every provider of a world's pools. */
export function listProviders({ projects, workloadIdentityPools = [], workforcePools = [] }: World): ProviderRecord[] {
  const numbers = new Map(projects.map(({ id, number }) => [id, number]));
  return [
    ...workloadIdentityPools.flatMap((pool) =>
      toRecords(pool, workloadPoolName(numbers.get(pool.project) ?? "", pool.id)),
    ),
    ...workforcePools.flatMap((pool) => toRecords(pool, workforcePoolName(pool.id))),
  ];
}

function toRecords({ providers, state: poolState }: WorldIdentityPool, pool: string): ProviderRecord[] {
  return providers.map(({ id, state, issuer, jwks, allowedAudiences, attributeMapping, attributeCondition }) => ({
    name: providerName(pool, id),
    pool,
    active: state !== "disabled" && poolState !== "disabled",
    issuer: issuer ?? testIssuer,
    ...(jwks ? { keys: jwks.keys } : {}),
    allowedAudiences: allowedAudiences ?? [],
    attributeMapping: attributeMapping ?? defaultMapping,
    ...(attributeCondition === undefined ? {} : { attributeCondition }),
  }));
}

/** Whether a world holds expressions for attributes: {@link findPoolFault} can read them once CEL is loaded. */
export function hasExpressions(world: World): boolean {
  return providersOf(world).some(
    ({ attributeMapping, attributeCondition }) => attributeMapping !== undefined || attributeCondition !== undefined,
  );
}

/** What is wrong with a world's pools, in words. */
export function findPoolFault(world: World): string | undefined {
  const { workloadIdentityPools = [], workforcePools = [] } = world;
  const wrongId = [...workloadIdentityPools, ...workforcePools, ...providersOf(world)].find(({ id }) => !isPoolId(id));
  if (wrongId)
    return `${JSON.stringify(wrongId.id)} cannot be the id of a pool or provider (4 to 32 of a-z, 0-9 and -)`;
  for (const provider of providersOf(world)) {
    const fault = findProviderFault(provider);
    if (fault !== undefined) return `provider ${provider.id} ${fault}`;
  }
  return undefined;
}

function findProviderFault({
  issuer,
  attributeMapping,
  attributeCondition,
}: WorldIdentityProvider): string | undefined {
  if (issuer !== undefined && !isIssuerUrl(issuer)) {
    return `has the issuer ${JSON.stringify(issuer)}, which is no https address (http on this machine only)`;
  }
  if (attributeMapping && !Object.hasOwn(attributeMapping, "google.subject")) return "does not map google.subject";
  const wrongName = Object.keys(attributeMapping ?? {}).find(
    (name) => !/^(?:google\.subject|google\.groups|attribute\.[a-z0-9_]{1,100})$/.test(name),
  );
  if (wrongName !== undefined) return `maps ${JSON.stringify(wrongName)}, which is no attribute`;
  const expressions = [
    ...Object.values(attributeMapping ?? {}),
    ...(attributeCondition === undefined ? [] : [attributeCondition]),
  ];
  for (const expression of expressions) {
    const parsed = loadedCel()?.parse(expression);
    if (typeof parsed === "string")
      return `has the expression ${JSON.stringify(expression)}, which is no CEL: ${parsed}`;
  }
  return undefined;
}

function providersOf({ workloadIdentityPools = [], workforcePools = [] }: World): readonly WorldIdentityProvider[] {
  return [...workloadIdentityPools, ...workforcePools].flatMap(({ providers }) => providers);
}
