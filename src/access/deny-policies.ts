import type { Context } from "../core/context.ts";
import { callApi } from "../google/call.ts";
import type { DenyPolicy } from "../google/deny-policy.ts";
import { iamHost } from "../google/iam.ts";

interface DenyPolicyList {
  readonly policies?: readonly Pick<DenyPolicy, "name">[];
  readonly nextPageToken?: string;
}

/**
 * The deny policies attached to a project, folder or organisation. A list shows no rules, so each policy is read by itself.
 * Source: google/iam/v2/policy.proto, `ListPolicies`.
 *
 * @param attachedTo `projects/P`, `folders/N` or `organizations/N`.
 * @throws {ApiError} as Google answers.
 */
export async function readDenyPolicies(
  context: Context,
  attachedTo: string,
  accessToken: string,
): Promise<readonly DenyPolicy[]> {
  const get = <T>(path: string): Promise<T> =>
    callApi<T>(context.fetch, {
      method: "GET",
      url: `https://${iamHost}/v2/${path}`,
      accessToken,
      signal: context.signal,
    });
  const attachment = encodeURIComponent(`cloudresourcemanager.googleapis.com/${attachedTo}`);
  const names: string[] = [];
  let page = "";
  do {
    const { policies = [], nextPageToken = "" } = await get<DenyPolicyList>(
      `policies/${attachment}/denypolicies${page === "" ? "" : `?pageToken=${encodeURIComponent(page)}`}`,
    );
    names.push(...policies.map(({ name }) => name));
    page = nextPageToken;
  } while (page !== "");
  return Promise.all(names.map((name) => get<DenyPolicy>(name)));
}
