import type { Link } from "../../../src/doctor/finding.ts";
import { defaultWorld } from "../../../src/emulator/world/world.ts";
import type { World } from "../../../src/emulator/world/world.ts";
import { acmeWorld } from "../../support/acme-world.ts";
import type { CommandLine, CommandOptions } from "../../support/command-line.ts";

/** Worlds in which a call fails for one reason or several, and how such a situation is written. */

export interface PlainBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: { readonly title: string; readonly expression: string };
}

export const dev = "user:dev@example.com";
export const email = (id: string): string => `${id}@demo-project.iam.gserviceaccount.com`;
export const account: string = `serviceAccount:${email("invoker")}`;
export const invoker = "roles/run.invoker";
export const idTokenCreator = "roles/iam.serviceAccountOpenIdTokenCreator";
export const reader: PlainBinding = { role: "roles/iam.securityAdmin", members: [dev] };
const auditor = { role: "roles/iam.securityReviewer", members: ["user:admin@example.com"] };
export const viewer: PlainBinding = { role: "roles/run.viewer", members: [dev] };
export const has = (role: string, ...members: readonly string[]): PlainBinding => ({
  role,
  members,
});
export const when = (expression: string): { title: string; expression: string } => ({ title: "t", expression });
export const mayCall: { readonly service: { readonly bindings: readonly PlainBinding[] } } = {
  service: { bindings: [has(invoker, dev)] },
};

export type Levels = Parameters<typeof acmeWorld>[0];

/** The developer may read everything and set policies, unless a situation says otherwise. */
export function worldOf(levels: Levels = {}, accounts: World["serviceAccounts"] = defaultWorld.serviceAccounts): World {
  const world = acmeWorld({
    ...levels,
    project: { bindings: [reader, viewer], ...levels.project },
    organization: { ...levels.organization, bindings: [auditor, ...(levels.organization?.bindings ?? [reader])] },
  });
  return { ...world, serviceAccounts: accounts };
}

export function accountWith(...bindings: readonly PlainBinding[]): World["serviceAccounts"] {
  return [{ id: "invoker", project: "demo-project", bindings }];
}

export function denying(principal: string, exceptions: readonly string[] = []): NonNullable<Levels["project"]> {
  const denyRule = {
    deniedPrincipals: [principal],
    exceptionPrincipals: exceptions,
    deniedPermissions: ["run.googleapis.com/routes.invoke"],
  };
  return { denyPolicies: [{ id: "no-calls", rules: [{ denyRule }] }] };
}

export interface Situation {
  readonly world?: World;
  readonly words?: readonly string[];
  readonly options?: CommandOptions;
  /** `undefined`: the call works. */
  readonly cause: Link | undefined;
  readonly exitCode: number;
  readonly verdict?: RegExp;
  /** Before doctor comes. */
  readonly before?: (line: CommandLine) => Promise<unknown>;
  /** What `--fix` must write, and nothing else, so that the call works. Absent: it writes nothing, or may not. */
  readonly grants?: readonly (readonly [role: string, member: string])[];
}
