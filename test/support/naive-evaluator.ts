/**
 * A second opinion on who may do what, written from IAM's documentation alone: no code of the gate's, no CEL, no speed. It
 * knows the forms of conditions that it makes itself.
 */

/** A condition: the attribute, what it is compared with, and how they are joined. */
export type NaiveCondition =
  | { readonly kind: "before" | "from"; readonly atMs: number }
  /** Hours of the day, in whole hours from UTC: from the first, to before the second. */
  | { readonly kind: "hours"; readonly offsetHours: number; readonly from: number; readonly to: number }
  /** 0 is Sunday, in UTC. */
  | { readonly kind: "weekday"; readonly day: number }
  | { readonly kind: "tag"; readonly key: string; readonly value: string }
  | { readonly kind: "hasTag"; readonly key: string }
  /** Asks for what is not provided. */
  | { readonly kind: "unevaluable" }
  | { readonly kind: "not"; readonly of: NaiveCondition }
  | { readonly kind: "and" | "or"; readonly left: NaiveCondition; readonly right: NaiveCondition };

/** The condition as IAM reads it. */
export function writeCondition(condition: NaiveCondition): string {
  switch (condition.kind) {
    case "before":
      return `request.time < timestamp("${new Date(condition.atMs).toISOString()}")`;
    case "from":
      return `request.time >= timestamp("${new Date(condition.atMs).toISOString()}")`;
    case "hours": {
      const { offsetHours, from, to } = condition;
      const sign = offsetHours < 0 ? "-" : "+";
      const hours = `request.time.getHours("${sign}${String(Math.abs(offsetHours)).padStart(2, "0")}:00")`;
      return `(${hours} >= ${from} && ${hours} < ${to})`;
    }
    case "weekday":
      return `request.time.getDayOfWeek() == ${condition.day}`;
    case "tag":
      return `resource.matchTag("${condition.key}", "${condition.value}")`;
    case "hasTag":
      return `resource.hasTagKey("${condition.key}")`;
    case "unevaluable":
      return 'resource.name == "x"';
    case "not":
      return `!(${writeCondition(condition.of)})`;
    case "and":
      return `(${writeCondition(condition.left)} && ${writeCondition(condition.right)})`;
    case "or":
      return `(${writeCondition(condition.left)} || ${writeCondition(condition.right)})`;
  }
}

/** True, false, or an error, which `&&` and `||` forget where the other side decides. */
export function judgeCondition(
  condition: NaiveCondition,
  nowMs: number,
  tags: Readonly<Record<string, string>>,
): boolean | "error" {
  switch (condition.kind) {
    case "before":
      return nowMs < condition.atMs;
    case "from":
      return nowMs >= condition.atMs;
    case "hours": {
      const hour = Math.floor((nowMs / 3_600_000 + condition.offsetHours) % 24);
      return hour >= condition.from && hour < condition.to;
    }
    case "weekday":
      return (Math.floor(nowMs / 86_400_000) + 4) % 7 === condition.day; // the epoch was a Thursday
    case "tag":
      return tags[condition.key] === condition.value;
    case "hasTag":
      return tags[condition.key] !== undefined;
    case "unevaluable":
      return "error";
    case "not": {
      const value = judgeCondition(condition.of, nowMs, tags);
      return value === "error" ? value : !value;
    }
    case "and":
    case "or": {
      const decides = condition.kind === "or";
      const sides = [condition.left, condition.right].map((side) => judgeCondition(side, nowMs, tags));
      if (sides.includes(decides)) return decides;
      return sides.includes("error") ? "error" : !decides;
    }
  }
}

/** Who asks: with all that could name it in a policy worked out by hand. */
export interface NaivePrincipal {
  /** `user:…` or `serviceAccount:…`; absent for anyone. */
  readonly member?: string;
}

export interface NaiveLevel {
  readonly bindings: readonly NaiveBinding[];
  readonly denials: readonly NaiveDenial[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface NaiveBinding {
  readonly role: string;
  readonly members: readonly string[];
  readonly condition?: NaiveCondition;
}

export interface NaiveDenial {
  /** In the form of allow policies; `allUsers` for everyone. */
  readonly denied: readonly string[];
  readonly exceptions: readonly string[];
  readonly condition?: NaiveCondition;
}

/** Members of each group, groups among them, by `group:…`. */
export type NaiveGroups = Readonly<Record<string, readonly string[]>>;

/** Roles that let their holders invoke services. */
const invokingRoles = [
  "roles/run.invoker",
  "roles/run.servicesInvoker",
  "roles/run.admin",
  "roles/editor",
  "roles/owner",
  "organizations/1000000000001/roles/calls",
];

/** Whether somebody may invoke a service, by everything on the levels from it up to its organisation. */
export function mayInvoke(
  who: NaivePrincipal,
  levels: readonly NaiveLevel[],
  groups: NaiveGroups,
  nowMs: number,
): boolean {
  const tags = tagsOn(levels);
  for (const { denials } of levels) {
    for (const { denied, exceptions, condition } of denials) {
      if (!denied.some((member) => isMember(who, member, groups))) continue;
      if (exceptions.some((member) => isMember(who, member, groups))) continue;
      // A condition that cannot be evaluated does not save anybody.
      if (condition === undefined || judgeCondition(condition, nowMs, tags) !== false) return false;
    }
  }
  return hasRole(invokingRoles, who, levels, groups, nowMs);
}

/** Whether somebody has one of some roles on any level; denials here are of invoking alone. */
export function hasRole(
  roles: readonly string[],
  who: NaivePrincipal,
  levels: readonly NaiveLevel[],
  groups: NaiveGroups,
  nowMs: number,
): boolean {
  const tags = tagsOn(levels);
  return levels.some(({ bindings }) =>
    bindings.some(
      ({ role, members, condition }) =>
        roles.includes(role) &&
        members.some((member) => isMember(who, member, groups)) &&
        (condition === undefined || judgeCondition(condition, nowMs, tags) === true),
    ),
  );
}

function tagsOn(levels: readonly NaiveLevel[]): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  for (const level of levels.toReversed()) Object.assign(tags, level.tags); // what is nearer comes last, and stays
  return tags;
}

function isMember({ member: own }: NaivePrincipal, named: string, groups: NaiveGroups, seen: string[] = []): boolean {
  if (named === "allUsers") return true;
  if (own === undefined) return false;
  if (named === "allAuthenticatedUsers") return true;
  if (named.startsWith("domain:")) return own.startsWith("user:") && own.endsWith(`@${named.slice(7)}`);
  if (!named.startsWith("group:")) return named === own;
  if (seen.includes(named)) return false;
  return (groups[named] ?? []).some((each) => isMember({ member: own }, each, groups, [...seen, named]));
}
