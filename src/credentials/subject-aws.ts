import type { AwsClientOptions } from "google-auth-library";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Fields } from "./fields.ts";
import { clientOptions } from "./google-auth.ts";
import { unreadable } from "./subject-request.ts";
import type { SubjectRequest } from "./subject-request.ts";

/**
 * The subject token of a workload on AWS: a signed request that Google's STS sends on to AWS's. By google-auth-library, which
 * knows the signature and where the keys come from.
 *
 * @throws {RunpassError} `subject_token_unreadable`
 */
export async function fetchAwsSubject(context: Context, fields: Fields, request: SubjectRequest): Promise<string> {
  const { AwsClient } = await import("google-auth-library");
  try {
    const options = { ...fields, ...clientOptions(context) };
    return await new AwsClient(options as unknown as AwsClientOptions).retrieveSubjectToken();
  } catch (error) {
    const why =
      error instanceof RunpassError ? error.message : "AWS's keys or region are not where they were looked for";
    throw unreadable(
      request.origin,
      why,
      "Set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or see that AWS's metadata server can be reached",
    );
  }
}
