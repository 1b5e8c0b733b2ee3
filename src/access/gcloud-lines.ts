import type { Condition } from "../google/policy.ts";
import { isSameMember } from "./policy-edit.ts";
import { projectOf, shortName } from "./resource.ts";
import type { Resource } from "./resource.ts";

/** A member as gcloud's `--member` takes it, quoted where a shell needs it. */
export interface BindingLine {
  readonly action: "add" | "remove";
  readonly resource: Resource;
  readonly role: string;
  readonly member: string;
  readonly condition?: Condition | undefined;
  /** The caller: written as `$(gcloud config get-value account)`. */
  readonly self?: string | undefined;
}

/** The gcloud line that a grant or a revoke stands for. */
export function gcloudBindingLine({ action, resource, role, member, condition, self }: BindingLine): string {
  const who =
    self !== undefined && self.startsWith("user:") && isSameMember(self, member)
      ? '"user:$(gcloud config get-value account)"'
      : shellQuote(member);
  const verb = `${action}-iam-policy-binding`;
  return `${gcloudCommand(resource)} ${verb} ${shellQuote(shortName(resource))} --member ${who} --role ${shellQuote(role)}${conditionFlag(condition)}${scope(resource)}`;
}

/** The gcloud line that prints a resource's policy. */
export function gcloudPolicyLine(resource: Resource): string {
  return `${gcloudCommand(resource)} get-iam-policy ${shellQuote(shortName(resource))}${scope(resource)}`;
}

/** A word as a POSIX shell reads it back: in single quotes where it needs any. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** As gcloud reads a dictionary: with another delimiter where a value holds a comma. Source: `gcloud topic escaping`. */
function conditionFlag(condition: Condition | undefined): string {
  if (!condition) return "";
  const pairs = Object.entries(condition).map(([key, value]) => `${key}=${String(value)}`);
  const delimiter = [",", ";", "|", "~~"].find((each) => pairs.every((pair) => !pair.includes(each))) ?? "\u00a6";
  return ` --condition ${shellQuote(`${delimiter === "," ? "" : `^${delimiter}^`}${pairs.join(delimiter)}`)}`;
}

function gcloudCommand({ kind }: Resource): string {
  return {
    service: "gcloud run services",
    account: "gcloud iam service-accounts",
    project: "gcloud projects",
    folder: "gcloud resource-manager folders",
    organization: "gcloud organizations",
  }[kind];
}

function scope(resource: Resource): string {
  const project = projectOf(resource);
  return [
    resource.kind === "service" ? ` --region ${shellQuote(resource.name.region)}` : "",
    project === undefined ? "" : ` --project ${shellQuote(project)}`,
  ].join("");
}
