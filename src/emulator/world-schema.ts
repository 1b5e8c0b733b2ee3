import type { JsonWebKey } from "node:crypto";
import type * as Valibot from "valibot";
import type { DenyPolicyRule, DenyRule } from "../google/deny-policy.ts";
import type { Binding, Condition } from "../google/policy.ts";
import type { GateOptions } from "../gate/gate.ts";
import type {
  WorldBackend,
  WorldCommand,
  WorldDefaults,
  WorldDenyPolicy,
  WorldFolder,
  WorldGroup,
  WorldImage,
  WorldOAuthClient,
  WorldOrganization,
  WorldProject,
  WorldServiceAccount,
  WorldUser,
} from "./world.ts";
import type { FileDocument, FileService, FileWorld, KeptRecords } from "./world-file.ts";
import type { WorldIdentityPool, WorldIdentityProvider, WorldWorkloadPool } from "./world-pools.ts";
import type { Fault, WorldRough, WorldTrouble } from "./world-trouble.ts";

type Schema<T> = Valibot.GenericSchema<unknown, T>;
type OptionalSchema<T> = Valibot.ExactOptionalSchema<Schema<T>, undefined>;
type IsOptional<T, K extends keyof T> = object extends Pick<T, K> ? true : false;

/** A schema for each member of `T`, none left out: a member that a type gets must be described here before it compiles. */
type Members<T> = {
  readonly [K in keyof T]-?: IsOptional<T, K> extends true ? OptionalSchema<Exclude<T[K], undefined>> : Schema<T[K]>;
};

/** What the emulator reads from people, described. */
export interface WorldSchemas {
  /** A whole `runpass.yaml`, or an export of the emulator. */
  readonly file: Schema<FileDocument>;
  /** What the control endpoint takes. */
  readonly fault: Schema<Fault>;
  /** Everything in a value that does not fit, in no order. */
  findMismatches(schema: Schema<unknown>, value: unknown): readonly Mismatch[];
}

let schemas: Promise<WorldSchemas> | undefined;

/** Loads the library and describes everything: only who reads a file pays for it. */
export function loadWorldSchemas(): Promise<WorldSchemas> {
  schemas ??= import("valibot").then(describeWorlds);
  return schemas;
}

function describeWorlds(v: typeof Valibot): WorldSchemas {
  /** @param name The type's, under which its members are documented. */
  function objectOf<T>(name: string, members: Members<T>): Schema<T> {
    return v.pipe(v.strictObject(members as Valibot.ObjectEntries), v.title(name)) as unknown as Schema<T>;
  }

  function listOf<T>(item: Schema<T>): Schema<readonly T[]> {
    return v.array(item);
  }

  function optional<T>(schema: Schema<T>): OptionalSchema<T> {
    return v.exactOptional(schema);
  }

  function oneOf<const T extends string>(...values: readonly T[]): Schema<T> {
    return v.picklist(values);
  }

  const text: Schema<string> = v.string();
  const number: Schema<number> = v.number();
  const flag: Schema<boolean> = v.boolean();
  const texts = listOf(text);
  const textByKey: Schema<Readonly<Record<string, string>>> = v.record(v.string(), v.string());
  const kept: Schema<KeptRecords> = v.record(v.string(), v.record(v.string(), v.unknown()));

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
    resourceTags: optional(textByKey),
    allowedPolicyMemberDomains: optional(texts),
    allowedPolicyMembers: optional(texts),
  };

  const principalState = optional(oneOf("active", "disabled", "deleted"));

  const command = objectOf<WorldCommand>("WorldCommand", {
    command: texts,
    env: optional(textByKey),
    cwd: optional(text),
    port: optional(number),
    readyPath: optional(text),
  });
  const backend: Schema<WorldBackend> = v.union([v.string(), command]);

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

  const faultSchema: Schema<Fault> = objectOf<Fault>("Fault", {
    api: optional(text),
    service: optional(text),
    path: optional(text),
    status: optional(number),
    retryAfterSeconds: optional(number),
    latencyMs: optional(number),
    connection: optional(oneOf("reset", "half-body")),
    times: optional(number),
    share: optional(number),
  });

  const trouble = objectOf<WorldTrouble>("WorldTrouble", {
    propagationSeconds: optional(number),
    rough: optional(objectOf<WorldRough>("WorldRough", { seed: number })),
    faults: optional(listOf(faultSchema)),
  });

  const poolState = optional(oneOf("active", "disabled"));
  const key = v.record(v.string(), v.unknown()) as unknown as Schema<JsonWebKey>;
  const pool = {
    id: text,
    state: poolState,
    providers: listOf(
      objectOf<WorldIdentityProvider>("WorldIdentityProvider", {
        id: text,
        state: poolState,
        issuer: optional(text),
        jwks: optional(objectOf<NonNullable<WorldIdentityProvider["jwks"]>>("Jwks", { keys: listOf(key) })),
        allowedAudiences: optional(texts),
        attributeMapping: optional(textByKey),
        attributeCondition: optional(text),
      }),
    ),
  };

  const world = objectOf<FileWorld>("World", {
    organizations: optional(
      listOf(objectOf<WorldOrganization>("WorldOrganization", { id: text, domain: text, customerId: text, ...node })),
    ),
    folders: optional(
      listOf(objectOf<WorldFolder>("WorldFolder", { id: text, displayName: optional(text), parent: text, ...node })),
    ),
    projects: optional(
      listOf(objectOf<WorldProject>("WorldProject", { id: text, number: text, parent: optional(text), ...node })),
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
    workloadIdentityPools: optional(
      listOf(objectOf<WorldWorkloadPool>("WorldWorkloadPool", { ...pool, project: text })),
    ),
    workforcePools: optional(listOf(objectOf<WorldIdentityPool>("WorldIdentityPool", pool))),
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
    state: optional(kept),
    secrets: optional(kept),
  });

  return {
    file: fileSchema,
    fault: faultSchema,
    findMismatches: (schema, value) =>
      (v.safeParse(schema, value).issues ?? []).flatMap((issue) => toMismatches(schema, issue, [])),
  };
}

/** What does not fit a schema, and where. */
export interface Mismatch {
  /** Members and positions down to it; the last one is a member's own name where that is unknown. */
  readonly path: readonly (string | number)[];
  readonly isUnknownKey: boolean;
  readonly what: string;
  /** For an unknown key: the keys that its object may have. */
  readonly known: readonly string[];
}

function toMismatches(
  schema: Schema<unknown>,
  issue: Valibot.BaseIssue<unknown>,
  above: readonly (string | number)[],
): Mismatch[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  // Of the forms that a value may have, an object's tells most.
  const nested = issue.issues?.filter((each) => each.path !== undefined) ?? [];
  if (nested.length > 0) return nested.flatMap((each) => toMismatches(schema, each, path));
  const last = issue.path?.at(-1);
  if (last?.origin !== "key") {
    const what = `${describe(issue.expected)} is expected, not ${describe(issue.received)}`;
    return [{ path, isUnknownKey: false, what, known: [] }];
  }
  const name = JSON.stringify(last.key);
  const object = path.slice(0, -1);
  return issue.expected === "never"
    ? [{ path, isUnknownKey: true, what: `unknown key ${name}`, known: keysAt(schema as Part, object) }]
    : [{ path: object, isUnknownKey: false, what: `${name} is missing`, known: [] }];
}

function describe(type: string | null): string {
  return (type ?? "nothing")
    .replaceAll('"', "")
    .replace(/^\((.*)\)$/, "$1")
    .replaceAll(" | ", " or ");
}

/** The parts of a schema that lead to those of its members. */
interface Part {
  readonly entries?: Readonly<Record<string, Part>>;
  readonly item?: Part;
  readonly wrapped?: Part;
  readonly options?: readonly Part[];
}

function keysAt(part: Part | undefined, path: readonly (string | number)[]): readonly string[] {
  if (part?.wrapped) return keysAt(part.wrapped, path);
  if (part?.options) return part.options.flatMap((option) => keysAt(option, path));
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(part?.entries ?? {});
  return keysAt(typeof first === "number" ? part?.item : part?.entries?.[first], rest);
}
