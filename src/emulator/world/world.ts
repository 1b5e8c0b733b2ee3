import type { GateOptions } from "../../gate/gate.ts";
import type { RoleStage } from "../../google/custom-role.ts";
import type { DenyPolicyRule } from "../../google/deny-policy.ts";
import type { Binding } from "../../google/policy.ts";
import type { WorldIdentityPool, WorldWorkloadPool } from "./world-pools.ts";
import type { Ingress } from "../../google/run-v2.ts";
import type { WorldTrouble } from "./world-trouble.ts";

/** What an emulator holds when it starts: the part of Google Cloud that matters for calling private services. */
export interface World {
  readonly organizations?: readonly WorldOrganization[];
  readonly folders?: readonly WorldFolder[];
  readonly projects: readonly WorldProject[];
  readonly users: readonly WorldUser[];
  readonly groups?: readonly WorldGroup[];
  readonly serviceAccounts: readonly WorldServiceAccount[];
  readonly services: readonly WorldService[];
  /** OAuth clients besides gcloud's two, which are there always. */
  readonly oauthClients?: readonly WorldOAuthClient[];
  /** How what Google does not publish is taken to be: see `runpass emulator facts`. */
  readonly facts?: GateOptions;
  readonly trouble?: WorldTrouble;
  /** What stands behind services that are deployed with an image. */
  readonly images?: readonly WorldImage[];
  /** Where tokens of others are taken for Google's: workload identity federation. */
  readonly workloadIdentityPools?: readonly WorldWorkloadPool[];
  /** The same for people: workforce identity federation. */
  readonly workforcePools?: readonly WorldIdentityPool[];
  /** What a shell of `emulator exec` starts with. */
  readonly defaults: WorldDefaults;
}

/** What a world says of an organisation, folder or project: their services inherit it. */
export interface WorldNode {
  readonly bindings?: readonly Binding[];
  readonly denyPolicies?: readonly WorldDenyPolicy[];
  /** Tags by key, `ORGANISATION/KEY` or `PROJECT/KEY`, with the short name of the value. */
  readonly resourceTags?: Readonly<Record<string, string>>;
  /** Organisation policy `iam.allowedPolicyMemberDomains`: customer ids whose principals policies may name. */
  readonly allowedPolicyMemberDomains?: readonly string[];
  /** Organisation policy `iam.managed.allowedPolicyMembers`: members and sets of principals that policies may name. */
  readonly allowedPolicyMembers?: readonly string[];
}

export interface WorldDenyPolicy {
  /** 3 to 63 characters: lower-case letters, digits, `-` and `.`. */
  readonly id: string;
  readonly displayName?: string;
  readonly rules: readonly DenyPolicyRule[];
}

/** A custom role. */
export interface WorldRole {
  /** 3 to 64 letters, digits, `_` and `.`. */
  readonly id: string;
  readonly title?: string;
  readonly description?: string;
  /** What it gives: `run.routes.invoke`. */
  readonly includedPermissions: readonly string[];
  /** In `DISABLED` it gives nothing. */
  readonly stage?: RoleStage;
}

export interface WorldOrganization extends WorldNode {
  /** Custom roles, named `organizations/ID/roles/…` in bindings. */
  readonly roles?: readonly WorldRole[];
  /** Digits. */
  readonly id: string;
  /** The domain of its users' e-mails. */
  readonly domain: string;
  /** Its id as a customer of Google Workspace or Cloud Identity: `C` and what follows. */
  readonly customerId: string;
}

export interface WorldFolder extends WorldNode {
  /** Digits. */
  readonly id: string;
  readonly displayName?: string;
  /** `folders/N` or `organizations/N`. */
  readonly parent: string;
}

export interface WorldProject extends WorldNode {
  /** Custom roles, named `projects/ID/roles/…` in bindings. */
  readonly roles?: readonly WorldRole[];
  readonly id: string;
  /** Twelve digits. */
  readonly number: string;
  /** `folders/N` or `organizations/N`. */
  readonly parent?: string;
  /** What may be asked for by Privileged Access Manager. */
  readonly entitlements?: readonly WorldEntitlement[];
}

/** Roles on a project that some may have for a time, without anybody's approval: Privileged Access Manager. */
export interface WorldEntitlement {
  /** 4 to 63 characters: lower-case letters, digits and `-`. */
  readonly id: string;
  /** Who may ask, in IAM's form. */
  readonly eligible: readonly string[];
  /** What they get, on the project. */
  readonly roles: readonly string[];
  /** For how long at most. Default 3600. */
  readonly maxSeconds?: number;
}

export interface WorldUser {
  readonly email: string;
  readonly state?: "active" | "disabled" | "deleted";
  /**
   * The user must sign in again, as where an organization limits sessions: until then a refresh is answered with this
   * `error_subtype`.
   */
  readonly reauth?: "invalid_rapt" | "rapt_required";
}

export interface WorldGroup {
  readonly email: string;
  /** In IAM's form; groups may hold groups. */
  readonly members: readonly string[];
}

export interface WorldServiceAccount {
  /** The part of the e-mail before the `@`. */
  readonly id: string;
  readonly project: string;
  readonly state?: "active" | "disabled" | "deleted";
  readonly bindings?: readonly Binding[];
}

export interface WorldService {
  readonly name: string;
  readonly project: string;
  readonly region: string;
  /** Default: `echo`. */
  readonly backend?: WorldBackend;
  readonly customAudiences?: readonly string[];
  readonly ingress?: Ingress;
  readonly invokerIamDisabled?: boolean;
  readonly defaultUriDisabled?: boolean;
  /** Traffic tags: each gets an address of its own. */
  readonly tags?: readonly string[];
  /** Tags of the resource, for conditions: by key, with the short name of the value. */
  readonly resourceTags?: Readonly<Record<string, string>>;
  /** The account that it runs as: the id of one of the project's, or an e-mail. Default: the Compute Engine default one. */
  readonly serviceAccount?: string;
  /** What the Admin API shows. Nothing is ever fetched. */
  readonly image?: string;
  /** How long a request may take, in seconds. Default 300. */
  readonly timeoutSeconds?: number;
  /** What the backend speaks: `h2c` is HTTP/2 in the clear, as gRPC needs it. Default `http1`. */
  readonly protocol?: "http1" | "h2c";
  readonly bindings?: readonly Binding[];
}

/** An application that users may let act for them, as one makes it in the Google Cloud console. */
export interface WorldOAuthClient {
  /** `NAME.apps.googleusercontent.com`. */
  readonly id: string;
  /** Where given, the token endpoint asks for it. */
  readonly secret?: string;
  /** As the consent page calls it. Default: its id. */
  readonly name?: string;
  /**
   * Where codes may be sent, compared exactly: a web application. Default: any port and path of this machine's loopback, as an
   * installed application (RFC 8252 section 7.3).
   */
  readonly redirectUris?: readonly string[];
}

/** `echo`, which answers with what it received; the URL of a server of yours; or a command that runs one. */
export type WorldBackend = string | WorldCommand;

/** A server that the emulator starts, as Cloud Run starts a container: with `PORT`, `K_SERVICE`, `K_REVISION` and a metadata server. */
export interface WorldCommand {
  /** The program and its arguments. No shell is in between. */
  readonly command: readonly string[];
  /** Added to the emulator's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the emulator's working directory. */
  readonly cwd?: string;
  /** For `PORT`. Default: a free one. */
  readonly port?: number;
  /** It is ready when this path answers with a status below 400. Default: when it takes connections. */
  readonly readyPath?: string;
}

/** What stands behind services that are deployed with an image. */
export interface WorldImage {
  /** As in a deployment; without a tag it means all of them. */
  readonly image: string;
  readonly backend: WorldBackend;
}

export interface WorldDefaults {
  readonly project: string;
  readonly region: string;
  /** Users logged in to gcloud; the first is active. */
  readonly accounts: readonly string[];
  /** Service for `RUN_SERVICE` and `SERVICE_URL`. */
  readonly service: string;
  /** Account id for `SERVICE_ACCOUNT`. */
  readonly serviceAccount: string;
}

/**
 * The world that needs no file: a private service, a service account, a developer who may set policies but call nothing, an
 * owner, and a pool for workloads from elsewhere, who may do nothing yet.
 */
export const defaultWorld: World = {
  projects: [
    {
      id: "demo-project",
      number: "123456789012",
      bindings: [
        { role: "roles/owner", members: ["user:admin@example.com"] },
        { role: "roles/run.viewer", members: ["user:dev@example.com"] },
        { role: "roles/iam.securityAdmin", members: ["user:dev@example.com"] },
      ],
    },
  ],
  users: [{ email: "dev@example.com" }, { email: "admin@example.com" }],
  serviceAccounts: [{ id: "invoker", project: "demo-project" }],
  services: [{ name: "my-service", project: "demo-project", region: "us-central1" }],
  workloadIdentityPools: [{ id: "demo-pool", project: "demo-project", providers: [{ id: "demo-provider" }] }],
  defaults: {
    project: "demo-project",
    region: "us-central1",
    accounts: ["dev@example.com", "admin@example.com"],
    service: "my-service",
    serviceAccount: "invoker",
  },
};
