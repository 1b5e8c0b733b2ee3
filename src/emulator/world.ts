import type { Binding } from "../google/policy.ts";
import type { Ingress } from "../google/run-v2.ts";

/** What an emulator holds when it starts: the part of Google Cloud that matters for calling private services. */
export interface World {
  readonly projects: readonly WorldProject[];
  readonly users: readonly WorldUser[];
  readonly groups?: readonly WorldGroup[];
  readonly serviceAccounts: readonly WorldServiceAccount[];
  readonly services: readonly WorldService[];
  /** What a shell of `emulator exec` starts with. */
  readonly defaults: WorldDefaults;
}

export interface WorldProject {
  readonly id: string;
  /** Twelve digits. */
  readonly number: string;
  readonly bindings?: readonly Binding[];
}

export interface WorldUser {
  readonly email: string;
  readonly state?: "active" | "disabled" | "deleted";
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
  /** `echo`, which answers with what it received, or the URL of a server of yours. Default: `echo`. */
  readonly backend?: string;
  readonly customAudiences?: readonly string[];
  readonly ingress?: Ingress;
  readonly invokerIamDisabled?: boolean;
  readonly defaultUriDisabled?: boolean;
  /** Traffic tags: each gets an address of its own. */
  readonly tags?: readonly string[];
  readonly bindings?: readonly Binding[];
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
 * The world that needs no file: a private service, a service account, a developer who may set policies but call nothing, and
 * an owner.
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
  defaults: {
    project: "demo-project",
    region: "us-central1",
    accounts: ["dev@example.com", "admin@example.com"],
    service: "my-service",
    serviceAccount: "invoker",
  },
};
