import type { ServiceRecord, TrafficTarget } from "./records.ts";

/** Everything to the latest revision: what a service does where nobody said otherwise. */
export const allToLatest: readonly TrafficTarget[] = [{ percent: 100 }];

/** Something that is wrong with a request, and where: google.rpc.BadRequest's form. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/**
 * What is wrong with a distribution of traffic. The texts are a guess: Google's are not published.
 *
 * @param hasRevision Whether the service has a revision of this name.
 */
export function findTrafficViolations(
  targets: readonly TrafficTarget[],
  field: string,
  hasRevision: (name: string) => boolean,
): Violation[] {
  const violations: Violation[] = [];
  const sum = targets.reduce((total, { percent }) => total + percent, 0);
  if (sum !== 100) {
    violations.push({ field, description: `The percentages of traffic targets must sum up to 100, but are ${sum}.` });
  }
  const tags = targets.flatMap(({ tag }) => tag ?? []);
  for (const [index, { revision, percent, tag }] of targets.entries()) {
    const at = `${field}[${index}]`;
    if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
      violations.push({ field: `${at}.percent`, description: "must be a whole number from 0 to 100" });
    }
    if (revision !== undefined && !hasRevision(revision)) {
      violations.push({ field: `${at}.revision`, description: `Revision '${revision}' does not exist.` });
    }
    if (tag === undefined) continue;
    if (!/^[a-z](?:[-a-z0-9]{0,45}[a-z0-9])?$/.test(tag) || tag.includes("---")) {
      violations.push({
        field: `${at}.tag`,
        description: "only lowercase, digits, and hyphens; must begin with letter, and cannot end with hyphen",
      });
    }
    if (tags.indexOf(tag) !== tags.lastIndexOf(tag)) {
      violations.push({ field: `${at}.tag`, description: `Tag '${tag}' is used more than once.` });
    }
  }
  return violations;
}

/** The revision that a target means. */
export function revisionOf({ revision }: TrafficTarget, { latestRevision }: ServiceRecord): string {
  return revision ?? latestRevision;
}

/** A service's tags. */
export function tagsOf({ traffic }: Pick<ServiceRecord, "traffic">): string[] {
  return traffic.flatMap(({ tag }) => tag ?? []);
}

/** The address of a tag. */
export function tagUrl({ urls }: Pick<ServiceRecord, "urls">, tag: string): string {
  return (urls[0] ?? "").replace("https://", `https://${tag}---`);
}
/**
 * The revision that gets a request: a tag's own, else one by chance as the percentages say.
 *
 * @param random From 0 to below 1.
 */
export function pickRevision(service: ServiceRecord, tag: string | undefined, random: number): string {
  const tagged = tag === undefined ? undefined : service.traffic.find((target) => target.tag === tag);
  if (tagged) return revisionOf(tagged, service);
  let passed = 0;
  for (const target of service.traffic) {
    passed += target.percent;
    if (random * 100 < passed) return revisionOf(target, service);
  }
  return service.latestRevision;
}
