import { createEvaluator } from "../../access/effective.ts";
import type { Effective } from "../../access/effective.ts";
import type { GrantRequest } from "../../access/grant-request.ts";
import { createGroupReader, decideWithGroups } from "../../access/groups.ts";
import { readLevels } from "../../access/levels.ts";
import { projectOf, resourceName, shortName } from "../../access/resource.ts";
import type { Resource } from "../../access/resource.ts";
import { waitForChange } from "../../access/wait.ts";
import type { WaitOutcome, Wanted } from "../../access/wait.ts";
import { RunpassError } from "../../core/errors.ts";
import { permissionsOf } from "../../google/roles.ts";
import type { Invocation } from "../command-line/command.ts";
import { lookFor } from "./look-at-change.ts";
import { changesJson, nameOf } from "./print-changes.ts";
import type { Change } from "./print-changes.ts";
import type { Session } from "../session.ts";

/** How it went with one member of one policy. */
interface Waited {
  readonly resource: Resource;
  readonly member: string;
  readonly result: WaitOutcome;
}

const usually = "usually 2 to 7 min";

/**
 * The end of a grant or a revoke: waits where `--wait` asks for it, prints all of it where JSON is asked for, and fails when what
 * was waited for did not come.
 *
 * @throws {RunpassError} `permission_denied` when it never can, `google_unreachable` when it has not yet.
 */
export async function concludeChanges(
  invocation: Invocation,
  session: Session,
  done: { readonly changes: readonly Change[]; readonly requests: readonly GrantRequest[]; readonly wanted: Wanted },
): Promise<void> {
  const { settings, printer } = invocation;
  const isDryRun = settings.has("dry-run");
  const isWaiting = settings.has("wait") && !isDryRun;
  const waited = isWaiting ? await waitForChanges(invocation, session, done.requests, done.wanted) : [];
  if (settings.format === "json") {
    const changes = changesJson(done.changes, session, isDryRun);
    printer.json(isWaiting ? { ...changes, waited: waitedJson(waited) } : changes);
  }
  requireArrival(waited, done.wanted);
}

/** Waits for grants or revokes to count, one after the other: the time that one takes the others have had too. */
export async function waitForChanges(
  invocation: Invocation,
  session: Session,
  requests: readonly GrantRequest[],
  wanted: Wanted,
): Promise<readonly Waited[]> {
  const as = invocation.settings.has("impersonate-service-account") ? session.impersonate?.at(-1) : undefined;
  const results: Waited[] = [];
  // Without the account's half there is no token to look at a service with: it comes first, and goes last.
  const isAccount = ({ resource }: GrantRequest): boolean => resource.kind === "account";
  const [accounts, others] = [requests.filter(isAccount), requests.filter((request) => !isAccount(request))];
  for (const { resource, role, members } of wanted === "held" ? [...accounts, ...others] : [...others, ...accounts]) {
    const permission = permissionFor(resource, role);
    for (const member of members) {
      const readPolicies = async (): Promise<Effective> => {
        if (permission === undefined) return { outcome: "unknown", because: [], mayBeDenied: false };
        const { context } = session;
        const token = await session.accessToken();
        const evaluator = await createEvaluator(await readLevels(context, resource, token));
        const readGroups = createGroupReader(context, token, projectOf(resource));
        return decideWithGroups(evaluator, member, permission, context.clock.nowMs(), readGroups);
      };
      const progress = createProgress(invocation, resource, wanted);
      const result = await waitForChange(session.context, {
        wanted,
        readPolicies,
        look: permission === undefined ? undefined : await lookFor({ resource, member, wanted, as }, session),
        onWaiting: progress.show,
        pause: invocation.io.pause ?? pause,
      });
      progress.end();
      const waited = { resource, member, result };
      results.push(waited);
      if (invocation.settings.format !== "json") noteResult(waited, wanted, invocation);
    }
  }
  return results;
}

/** The same as JSON: a public contract. */
function waitedJson(waited: readonly Waited[]): unknown {
  return waited.map(({ resource, member, result }) => ({ resource: resourceName(resource), member, ...result }));
}

/** @throws {RunpassError} for the first that did not come: `permission_denied` when it never can, else `google_unreachable`. */
function requireArrival(waited: readonly Waited[], wanted: Wanted): void {
  for (const { resource, member, result } of waited) {
    if (result.outcome === "arrived" || result.outcome === "by policy") continue;
    const target = resource.kind === "account" ? `my-service --as ${resource.email}` : shortName(resource);
    const fix =
      wanted === "held" ? `See what is in the way: runpass doctor ${target}` : `See who can: runpass access ${target}`;
    const what = deed(resource);
    if (result.outcome === "never") {
      throw new RunpassError({
        code: "permission_denied",
        message: `${member} ${wanted === "held" ? "cannot" : "can still"} ${what}, and waiting does not change that`,
        why: result.why,
        fix,
      });
    }
    throw new RunpassError({
      code: "google_unreachable",
      message: `${member} ${wanted === "held" ? "cannot" : "can still"} ${what} after ${minutes(result.elapsedMs)}`,
      why: "the policies say otherwise, so that it is still on its way",
      fix: `Run the command again to go on waiting. ${fix}`,
    });
  }
}

/** What the role is for on such a resource, if it is a role of calling or impersonating at all. */
function permissionFor({ kind }: Resource, role: string): string | undefined {
  const permission = kind === "account" ? "iam.serviceAccounts.getOpenIdToken" : "run.routes.invoke";
  return permissionsOf(role).has(permission) ? permission : undefined;
}

function noteResult({ resource, member, result }: Waited, wanted: Wanted, { printer }: Invocation): void {
  const after = result.elapsedMs === 0 ? "" : `, after ${minutes(result.elapsedMs)}`;
  if (result.outcome === "arrived") {
    printer.note(`${member} can ${wanted === "held" ? "now" : "no longer"} ${deed(resource)}${after}.`);
  } else if (result.outcome === "by policy") {
    printer.note(
      `${member}: by policy only. Whether it counts for ${nameOf(resource)} yet cannot be seen from here (${usually}).`,
    );
  }
}

/** Counts up: in one line of a terminal, else in a line every half minute. */
function createProgress(
  { io, printer, settings }: Invocation,
  { kind }: Resource,
  wanted: Wanted,
): { show(elapsedMs: number, isSure: boolean): void; end(): void } {
  const who = kind === "account" ? "IAM Credentials" : "front end";
  const [policy, reality] = wanted === "held" ? ["yes", "not yet"] : ["no", "still yes"];
  const isTerminal = io.stderr.isTTY === true;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return {
    show: (elapsedMs, isSure) => {
      if (settings.format === "json") return;
      const text = `policy ${isSure ? policy : "not known"}, ${who} ${reality}: ${minutes(elapsedMs)}, ${usually}`;
      if (isTerminal) io.stderr.write(`\r\u001B[K${text}`);
      else if (elapsedMs - saidAtMs >= 30_000) printer.note(text);
      else return;
      saidAtMs = elapsedMs;
    },
    end: () => {
      if (isTerminal && saidAtMs >= 0) io.stderr.write("\n");
    },
  };
}

function deed(resource: Resource): string {
  return `${resource.kind === "account" ? "act as" : "call"} ${nameOf(resource)}`;
}

/** `1:40`. */
function minutes(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

async function pause(delayMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delayMs));
}
