import type { Context } from "../core/context.ts";
import { callApi } from "../google/call.ts";
import { formatServiceAccountName, iamHost } from "../google/iam.ts";
import type { Policy } from "../google/policy.ts";
import { resourceManagerHost } from "../google/resource-manager.ts";
import { formatServiceName } from "../google/run-name.ts";
import type { RunServiceName } from "../google/run-name.ts";
import { runHost } from "../google/run-v2.ts";

/** Something that an allow policy hangs on. */
export type Resource =
  | { readonly kind: "service"; readonly name: RunServiceName }
  | {
      readonly kind: "account";
      readonly email: string;
      /** The account's project, where its e-mail does not tell it. */
      readonly project?: string;
    }
  | { readonly kind: "project"; readonly project: string }
  /** By number. */
  | { readonly kind: "folder" | "organization"; readonly number: string };

/** The resource's own name, for example `projects/P/locations/L/services/S`. */
export function resourceName(resource: Resource): string {
  if (resource.kind === "service") return formatServiceName(resource.name);
  if (resource.kind === "project") return `projects/${resource.project}`;
  if (resource.kind !== "account") return `${resource.kind}s/${resource.number}`;
  return formatServiceAccountName(resource.email, projectOfAccount(resource) ?? "-");
}

/** The project whose policy holds for the resource too; `undefined` where it cannot be told. */
export function projectOf(resource: Resource): string | undefined {
  if (resource.kind === "service") return resource.name.project;
  return resource.kind === "account" ? projectOfAccount(resource) : undefined;
}

/** The last part of its name: how people call it. */
export function shortName(resource: Resource): string {
  if (resource.kind === "service") return resource.name.service;
  if (resource.kind === "project") return resource.project;
  return resource.kind === "account" ? resource.email : resource.number;
}

/**
 * Reads a resource's own policy, conditions included.
 *
 * @throws {ApiError} as Google answers.
 */
export async function readPolicy(context: Context, resource: Resource, accessToken: string): Promise<Policy> {
  const url = `${baseUrl(resource)}:getIamPolicy`;
  const request = { accessToken, signal: context.signal };
  if (resource.kind !== "service" && resource.kind !== "account") {
    const body = { options: { requestedPolicyVersion: 3 } };
    return callApi<Policy>(context.fetch, { ...request, method: "POST", url, body });
  }
  return callApi<Policy>(context.fetch, {
    ...request,
    method: resource.kind === "service" ? "GET" : "POST",
    url: `${url}?options.requestedPolicyVersion=3`,
  });
}

/**
 * Writes a resource's own policy. With the etag of the policy that was read, a change meanwhile makes Google refuse (409).
 *
 * @returns the policy as stored.
 * @throws {ApiError} as Google answers.
 */
export async function writePolicy(
  context: Context,
  resource: Resource,
  policy: Policy,
  accessToken: string,
): Promise<Policy> {
  return callApi<Policy>(context.fetch, {
    method: "POST",
    url: `${baseUrl(resource)}:setIamPolicy`,
    body: { policy },
    accessToken,
    signal: context.signal,
  });
}

function baseUrl(resource: Resource): string {
  const host = resource.kind === "service" ? runHost : resource.kind === "account" ? iamHost : resourceManagerHost;
  const version = resource.kind === "folder" || resource.kind === "organization" ? "v3" : "v1";
  return `https://${host}/${version}/${resourceName(resource).split("/").map(encodePart).join("/")}`;
}

/** `@` and `:` may stand in a path as they are, and gcloud sends them so. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/%40/g, "@").replace(/%3A/g, ":");
}

/** `NAME@PROJECT.iam.gserviceaccount.com` and App Engine's `PROJECT@appspot.gserviceaccount.com` tell the project. */
function projectOfAccount(account: { readonly email: string; readonly project?: string }): string | undefined {
  const own = /@(.+)\.iam\.gserviceaccount\.com$/.exec(account.email)?.[1];
  if (own !== undefined) return projectOfDomain(own);
  return account.project ?? /^(.+)@appspot\.gserviceaccount\.com$/.exec(account.email)?.[1];
}

/** A domain-scoped project `example.com:web` has accounts at `web.example.com.iam.gserviceaccount.com`. */
function projectOfDomain(domain: string): string {
  const [name = "", ...rest] = domain.split(".");
  return rest.length === 0 ? name : `${rest.join(".")}:${name}`;
}
