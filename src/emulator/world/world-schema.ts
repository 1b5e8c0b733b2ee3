import type { JsonWebKey } from "node:crypto";
import { loadSchemaKit } from "../../config/schema.ts";
import type { Schema, SchemaKit } from "../../config/schema.ts";
import { roleStages } from "../../google/custom-role.ts";
import type { DenyPolicyRule, DenyRule } from "../../google/deny-policy.ts";
import { perimeterReason } from "../../google/status.ts";
import type { Binding, Condition } from "../../google/policy.ts";
import type { GateOptions } from "../../gate/gate.ts";
import type {
  WorldBackend,
  WorldCommand,
  WorldDefaults,
  WorldDenyPolicy,
  WorldEntitlement,
  WorldFolder,
  WorldGroup,
  WorldImage,
  WorldOAuthClient,
  WorldOrganization,
  WorldProject,
  WorldRole,
  WorldServiceAccount,
  WorldUser,
} from "./world.ts";
import type { FileDocument, FileService, FileWorld, KeptRecords } from "./world-document.ts";
import type { WorldIdentityPool, WorldIdentityProvider, WorldWorkloadPool } from "./world-pools.ts";
import type { Fault, WorldRough, WorldTrouble } from "./world-trouble.ts";

/** What the emulator reads from people, described. */
export interface WorldSchemas {
  /** A whole `runpass.yaml`, or an export of the emulator. */
  readonly file: Schema<FileDocument>;
  /** What the control endpoint takes. */
  readonly fault: Schema<Fault>;
  /** Everything in a value that does not fit, in no order. */
  readonly findMismatches: SchemaKit["findMismatches"];
}

let schemas: Promise<WorldSchemas> | undefined;

/** Loads the library and describes everything: only who reads a file pays for it. */
export function loadWorldSchemas(): Promise<WorldSchemas> {
  schemas ??= loadSchemaKit().then(describeWorlds);
  return schemas;
}

function describeWorlds(kit: SchemaKit): WorldSchemas {
  const { objectOf, listOf, mapOf, optional, oneOf, text, number, flag, anything } = kit;
  const texts = listOf(text);
  const kept: Schema<KeptRecords> = mapOf(mapOf(anything));
  const { bindings, roles, node } = describePolicies(kit);
  const { service, backend } = describeServices(kit, bindings);
  const { trouble, fault } = describeTrouble(kit);
  const pools = describePools(kit);
  const principalState = optional(oneOf("active", "disabled", "deleted"));

  const world = objectOf<FileWorld>("World", {
    organizations: optional(
      listOf(
        objectOf<WorldOrganization>("WorldOrganization", { id: text, domain: text, customerId: text, roles, ...node }),
      ),
    ),
    folders: optional(
      listOf(objectOf<WorldFolder>("WorldFolder", { id: text, displayName: optional(text), parent: text, ...node })),
    ),
    projects: optional(
      listOf(
        objectOf<WorldProject>("WorldProject", {
          id: text,
          number: text,
          parent: optional(text),
          roles,
          entitlements: optional(
            listOf(
              objectOf<WorldEntitlement>("WorldEntitlement", {
                id: text,
                eligible: texts,
                roles: texts,
                maxSeconds: optional(number),
              }),
            ),
          ),
          ...node,
        }),
      ),
    ),
    users: optional(
      listOf(
        objectOf<WorldUser>("WorldUser", {
          email: text,
          state: principalState,
          reauth: optional(oneOf("invalid_rapt", "rapt_required")),
        }),
      ),
    ),
    groups: optional(listOf(objectOf<WorldGroup>("WorldGroup", { email: text, members: texts }))),
    serviceAccounts: optional(
      listOf(
        objectOf<WorldServiceAccount>("WorldServiceAccount", {
          id: text,
          project: text,
          state: principalState,
          bindings,
        }),
      ),
    ),
    services: optional(listOf(service)),
    images: optional(listOf(objectOf<WorldImage>("WorldImage", { image: text, backend }))),
    oauthClients: optional(
      listOf(
        objectOf<WorldOAuthClient>("WorldOAuthClient", {
          id: text,
          secret: optional(text),
          name: optional(text),
          redirectUris: optional(texts),
        }),
      ),
    ),
    workloadIdentityPools: optional(listOf(pools.workload)),
    workforcePools: optional(listOf(pools.workforce)),
    facts: optional(
      objectOf<GateOptions>("GateOptions", {
        acceptAdcClient: optional(flag),
        acceptAudiencePath: optional(flag),
        acceptOtherAddress: optional(flag),
        acceptUserWithoutEmail: optional(flag),
        denyIfUnevaluable: optional(flag),
        clockSkewMs: optional(number),
      }),
    ),
    trouble: optional(trouble),
    defaults: optional(
      objectOf<Partial<WorldDefaults>>("WorldDefaults", {
        project: optional(text),
        region: optional(text),
        accounts: optional(texts),
        service: optional(text),
        serviceAccount: optional(text),
      }),
    ),
  });

  const fileSchema: Schema<FileDocument> = objectOf<FileDocument>("FileDocument", {
    emulator: optional(world),
    proxy: optional(anything),
    state: optional(kept),
    secrets: optional(kept),
  });

  return { file: fileSchema, fault, findMismatches: kit.findMismatches };
}

/** What hangs on resources, and what organisations, folders and projects have in common. */
function describePolicies({ objectOf, listOf, mapOf, optional, oneOf, text }: SchemaKit) {
  const texts = listOf(text);
  const condition = objectOf<Condition>("Condition", {
    expression: text,
    title: optional(text),
    description: optional(text),
    location: optional(text),
  });

  const bindings = optional(
    listOf(objectOf<Binding>("Binding", { role: text, members: texts, condition: optional(condition) })),
  );

  const denyRule = objectOf<DenyRule>("DenyRule", {
    deniedPrincipals: optional(texts),
    exceptionPrincipals: optional(texts),
    deniedPermissions: optional(texts),
    exceptionPermissions: optional(texts),
    denialCondition: optional(condition),
  });

  const roles = optional(
    listOf(
      objectOf<WorldRole>("WorldRole", {
        id: text,
        title: optional(text),
        description: optional(text),
        includedPermissions: texts,
        stage: optional(oneOf(...roleStages)),
      }),
    ),
  );
  const node = {
    bindings,
    denyPolicies: optional(
      listOf(
        objectOf<WorldDenyPolicy>("WorldDenyPolicy", {
          id: text,
          displayName: optional(text),
          rules: listOf(
            objectOf<DenyPolicyRule>("DenyPolicyRule", { description: optional(text), denyRule: optional(denyRule) }),
          ),
        }),
      ),
    ),
    resourceTags: optional(mapOf(text)),
    allowedPolicyMemberDomains: optional(texts),
    allowedPolicyMembers: optional(texts),
  };
  return { bindings, roles, node };
}

function describeServices(
  { objectOf, listOf, mapOf, eitherOf, optional, oneOf, text, number, flag }: SchemaKit,
  bindings: ReturnType<typeof describePolicies>["bindings"],
) {
  const texts = listOf(text);
  const textByKey = mapOf(text);
  const command = objectOf<WorldCommand>("WorldCommand", {
    command: texts,
    env: optional(textByKey),
    cwd: optional(text),
    port: optional(number),
    readyPath: optional(text),
  });
  const backend: Schema<WorldBackend> = eitherOf(text, command);

  const service = objectOf<FileService>("WorldService", {
    name: text,
    project: optional(text),
    region: optional(text),
    backend: optional(backend),
    customAudiences: optional(texts),
    ingress: optional(
      oneOf(
        "INGRESS_TRAFFIC_ALL",
        "INGRESS_TRAFFIC_INTERNAL_ONLY",
        "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        "INGRESS_TRAFFIC_NONE",
      ),
    ),
    invokerIamDisabled: optional(flag),
    defaultUriDisabled: optional(flag),
    tags: optional(texts),
    resourceTags: optional(textByKey),
    serviceAccount: optional(text),
    image: optional(text),
    timeoutSeconds: optional(number),
    protocol: optional(oneOf("http1", "h2c")),
    bindings,
  });
  return { service, backend };
}

function describeTrouble({ objectOf, listOf, optional, oneOf, text, number }: SchemaKit) {
  const fault = objectOf<Fault>("Fault", {
    api: optional(text),
    service: optional(text),
    path: optional(text),
    status: optional(number),
    reason: optional(oneOf(perimeterReason)),
    retryAfterSeconds: optional(number),
    latencyMs: optional(number),
    connection: optional(oneOf("reset", "half-body")),
    times: optional(number),
    share: optional(number),
  });

  const trouble = objectOf<WorldTrouble>("WorldTrouble", {
    propagationSeconds: optional(number),
    rough: optional(objectOf<WorldRough>("WorldRough", { seed: number })),
    faults: optional(listOf(fault)),
  });
  return { trouble, fault };
}

function describePools({ objectOf, listOf, mapOf, optional, oneOf, text, anything }: SchemaKit) {
  const poolState = optional(oneOf("active", "disabled"));
  const key = mapOf(anything) as unknown as Schema<JsonWebKey>;
  const pool = {
    id: text,
    state: poolState,
    providers: listOf(
      objectOf<WorldIdentityProvider>("WorldIdentityProvider", {
        id: text,
        state: poolState,
        issuer: optional(text),
        jwks: optional(objectOf<NonNullable<WorldIdentityProvider["jwks"]>>("Jwks", { keys: listOf(key) })),
        allowedAudiences: optional(listOf(text)),
        attributeMapping: optional(mapOf(text)),
        attributeCondition: optional(text),
      }),
    ),
  };
  return {
    workload: objectOf<WorldWorkloadPool>("WorldWorkloadPool", { ...pool, project: text }),
    workforce: objectOf<WorldIdentityPool>("WorldIdentityPool", pool),
  };
}
