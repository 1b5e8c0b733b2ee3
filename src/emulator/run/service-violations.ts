import type { RunServiceName } from "../../google/run-name.ts";
import type { ServiceSpec } from "./records.ts";
import { asV2, maxTimeoutSeconds, parseSeconds } from "./template.ts";
import { findTrafficViolations } from "./traffic.ts";
import type { Violation } from "./traffic.ts";

/** What an API calls the fields that can be wrong. */
export interface Wording {
  readonly name: string;
  readonly template: string;
  readonly containers: string;
  readonly revision: string;
  readonly timeout: string;
  readonly traffic: string;
  readonly customAudiences: string;
}

/** Length of the custom audiences as JSON. Source: Cloud Run, "Custom audiences". */
const maxAudiencesLength = 32_768;

/** As Kubernetes writes them. */
const isQuantity = /^\d+(?:\.\d+)?(?:m|[kMGT]i?|Ki)?$/;

/** What is wrong with a service to be, field by field. */
export function findViolations(
  { service }: RunServiceName,
  spec: ServiceSpec,
  wording: Wording,
  hasRevision: (name: string) => boolean,
): Violation[] {
  const { containers = [], revision, timeout } = asV2(spec.template);
  const violations: Violation[] = [];
  const add = (field: string, description: string): void => void violations.push({ field, description });
  if (containers.length === 0) add(wording.containers, "should have at least one container");
  for (const [index, { image, resources }] of containers.entries()) {
    if (!image) add(`${wording.containers}[${index}].image`, "required field");
    for (const [what, quantity] of Object.entries(resources?.limits ?? {})) {
      if (!isQuantity.test(quantity)) {
        add(`${wording.containers}[${index}].resources.limits.${what}`, "must be a quantity, such as 512Mi or 1000m");
      }
    }
  }
  const ingressContainers = containers.filter(({ ports }) => ports?.length);
  if (containers.length > 1 && ingressContainers.length !== 1) {
    add(wording.containers, "Revision template should contain exactly one container with an exposed port.");
  }
  const port = ingressContainers[0]?.ports?.[0]?.name;
  if (port !== undefined && port !== "" && port !== "http1" && port !== "h2c") {
    add(`${wording.containers}[0].ports[0].name`, "must be one of http1, h2c");
  }
  if (revision && (!revision.startsWith(`${service}-`) || !/^[a-z][-a-z0-9]{0,61}[a-z0-9]$/.test(revision))) {
    add(
      wording.revision,
      `must begin with '${service}-', have only lowercase, digits, and hyphens, and be less than 64 characters`,
    );
  }
  const seconds = timeout === undefined ? 1 : (parseSeconds(timeout) ?? 0);
  if (seconds <= 0 || seconds > maxTimeoutSeconds) {
    add(wording.timeout, `must be greater than 0 and at most ${maxTimeoutSeconds} seconds`);
  }
  if (JSON.stringify(spec.customAudiences).length > maxAudiencesLength) {
    add(wording.customAudiences, `must be at most ${maxAudiencesLength} characters as JSON`);
  }
  return [...violations, ...findTrafficViolations(spec.traffic, wording.traffic, hasRevision)];
}
