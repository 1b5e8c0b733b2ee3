import { memberOf } from "../../access/member.ts";
import { defaultRole, grantsToCallAs } from "../../access/grant-request.ts";
import type { GrantRequest } from "../../access/grant-request.ts";
import { resourceName } from "../../access/resource.ts";
import type { Resource } from "../../access/resource.ts";
import type { CleanupRequest } from "../../access/revoke.ts";
import { RunpassError } from "../../core/errors.ts";
import type { Condition } from "../../google/policy.ts";
import { parseTarget } from "../../run/target.ts";
import type { Target } from "../../run/target.ts";
import type { Invocation } from "../command-line/command.ts";
import type { FlagName } from "../command-line/flags.ts";
import { findServiceResource, serviceResourceByName } from "../resources.ts";
import { requireTargetText } from "../session.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../command-line/settings.ts";

/**
 * What `grant` and `revoke` are asked to write: one role on services and accounts or, with `--as`, both halves of calling services
 * as an account. One request a policy: a target named twice is one.
 *
 * @param membersFlag Where the members are: `--to` or `--from`.
 * @throws {RunpassError} `invalid_argument`, or as finding a service fails.
 */
export async function policyRequests(
  invocation: Invocation,
  session: Session,
  membersFlag: FlagName & ("to" | "from"),
  condition?: Condition,
): Promise<readonly GrantRequest[]> {
  const { settings, spec } = invocation;
  const role = roleAskedFor(settings);
  const members = membersAskedFor(settings, membersFlag) ?? [memberOf(undefined, await session.self())];
  // gcloud's property says whose tokens to get, and not whom to give a role: that must be asked for.
  const impersonate = settings.has("impersonate-service-account") ? session.impersonate : undefined;
  const targets = targetsOf(invocation);
  if (!impersonate) {
    const resources = await resourcesOf(targets, session, settings);
    return resources.map((resource) => ({ resource, role: role ?? defaultRole(resource), members, condition }));
  }
  if (role !== undefined)
    throw wrong("--role does not go with --as", "each half has a role of its own", "Leave out --role.");
  const named = targets.find((target) => target.kind === "account");
  if (named) {
    throw wrong(
      "--as does not go with a service account as TARGET",
      "it names the account that shall call a service",
      `Name the service: runpass ${spec.path.join(" ")} my-service --as ${named.email}`,
    );
  }
  const [email = "", ...rest] = impersonate;
  if (rest.length > 0) {
    throw wrong(
      "Both halves can be written for one account, not for a chain",
      "who may act as whom in a chain is for you to say",
      `Take it link by link: runpass ${spec.path.join(" ")} ACCOUNT --${membersFlag} MEMBER --role roles/iam.serviceAccountTokenCreator`,
    );
  }
  const services = await resourcesOf(targets, session, settings);
  return grantsToCallAs({ services, account: { kind: "account", email }, callers: members }).map((request) => ({
    ...request,
    condition,
  }));
}

/**
 * Where ended bindings are to be cleared away, and whose: anybody's, of any role, unless it is said.
 *
 * @throws {RunpassError} as {@link policyRequests}.
 */
export async function cleanupRequests(invocation: Invocation, session: Session): Promise<readonly CleanupRequest[]> {
  const { settings } = invocation;
  if (settings.has("impersonate-service-account")) {
    throw wrong(
      "--expired does not go with --as",
      "it clears each policy by itself",
      `Name the account as a TARGET too: runpass revoke my-service ${session.impersonate?.at(-1) ?? "ACCOUNT"} --expired`,
    );
  }
  const role = roleAskedFor(settings);
  const members = membersAskedFor(settings, "from");
  const resources = await resourcesOf(targetsOf(invocation), session, settings);
  return resources.map((resource) => ({ resource, role, members }));
}

function targetsOf({ arguments: words, io, spec }: Invocation): readonly Target[] {
  const example = `runpass ${spec.path.join(" ")} my-service`;
  const texts = words.length > 0 ? words : [requireTargetText(undefined, io, example)];
  return texts.map((text) => parseTarget(text, { allowAccount: true }));
}

/** Each once, in the order in which they were named. */
async function resourcesOf(
  targets: readonly Target[],
  session: Session,
  settings: Settings,
): Promise<readonly Resource[]> {
  // Looked up like this `--show-gcloud` needs no login where names say it all.
  const find = settings.has("show-gcloud") && !settings.has("expired") ? resourceByName : resourceOf;
  const found = await Promise.all(targets.map(async (target) => find(session, target)));
  return [...new Map(found.map((resource) => [resourceName(resource), resource])).values()];
}

function membersAskedFor(settings: Settings, flag: FlagName & ("to" | "from")): readonly string[] | undefined {
  const texts = settings.list(flag);
  return texts.length === 0 ? undefined : [...new Set(texts.map((text) => memberOf(text, undefined)))];
}

async function resourceOf(session: Session, target: Target): Promise<Resource> {
  if (target.kind !== "account") return (await findServiceResource(session, target)).resource;
  return {
    kind: "account",
    email: target.email,
    ...(session.project === undefined ? {} : { project: session.project }),
  };
}

async function resourceByName(session: Session, target: Target): Promise<Resource> {
  const known = target.kind === "account" ? undefined : serviceResourceByName(session, target);
  return known?.resource ?? resourceOf(session, target);
}

function roleAskedFor(settings: Settings): string | undefined {
  const text = settings.text("role");
  if (text === undefined || /^(?:roles|(?:projects|organizations)\/[^/\s]+\/roles)\/[\w.]+$/.test(text)) return text;
  throw wrong(
    `${JSON.stringify(text)} is no role`,
    "a role is roles/NAME, projects/P/roles/NAME or organizations/N/roles/NAME",
    /^[\w.]+$/.test(text) ? `Did you mean roles/${text}?` : "Give for example roles/run.invoker.",
  );
}

function wrong(message: string, why: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
