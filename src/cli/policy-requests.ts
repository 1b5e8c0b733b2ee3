import { memberOf } from "../access/member.ts";
import { defaultRole, grantsToCallAs } from "../access/grant.ts";
import type { GrantRequest } from "../access/grant.ts";
import type { Resource } from "../access/resource.ts";
import { RunpassError } from "../core/errors.ts";
import { parseTarget } from "../run/target.ts";
import type { Target } from "../run/target.ts";
import type { Invocation } from "./command.ts";
import type { FlagName } from "./flags.ts";
import { findServiceResource, serviceResourceByName } from "./resources.ts";
import { requireTargetText } from "./session.ts";
import type { Session } from "./session.ts";

/**
 * What `grant` and `revoke` are asked to write: one role on a service or an account or, with `--as`, both halves of calling a
 * service as an account.
 *
 * @param membersFlag Where the members are: `--to` or `--from`.
 * @throws {RunpassError} `invalid_argument`, or as finding the service fails.
 */
export async function policyRequests(
  invocation: Invocation,
  session: Session,
  membersFlag: FlagName & ("to" | "from"),
): Promise<readonly GrantRequest[]> {
  const { io, settings, spec } = invocation;
  const example = `runpass ${spec.path.join(" ")} my-service`;
  const target = parseTarget(requireTargetText(invocation.arguments[0], io, example), { allowAccount: true });
  const role = parseRole(settings.text("role"));
  const members = await memberList(settings.list(membersFlag), session);
  const find = settings.has("show-gcloud") ? resourceByName : resourceOf;
  // gcloud's property says whose tokens to get, and not whom to give a role: that must be asked for.
  const impersonate = settings.has("impersonate-service-account") ? session.impersonate : undefined;
  if (!impersonate) {
    const resource = await find(session, target);
    return [{ resource, role: role ?? defaultRole(resource), members }];
  }
  if (role !== undefined)
    throw wrong("--role does not go with --as", "each half has a role of its own", "Leave out --role.");
  if (target.kind === "account") {
    throw wrong(
      "--as does not go with a service account as TARGET",
      "it names the account that shall call a service",
      `Name the service: runpass ${spec.path.join(" ")} my-service --as ${target.email}`,
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
  const service = await find(session, target);
  if (service.kind !== "service") throw new TypeError("a service was looked for");
  return grantsToCallAs({ service, account: { kind: "account", email }, callers: members });
}

async function memberList(texts: readonly string[], session: Session): Promise<readonly string[]> {
  if (texts.length === 0) return [memberOf(undefined, await session.self())];
  return [...new Set(texts.map((text) => memberOf(text, undefined)))];
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

function parseRole(text: string | undefined): string | undefined {
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
