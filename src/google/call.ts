import { RunpassError } from "../core/errors.ts";
import type { ErrorCode, ErrorDetails } from "../core/errors.ts";
import type { Answer, Fetch } from "../core/context.ts";
import { errorReason, parseErrorBody, perimeterIdentifier, userProjectReason } from "./status.ts";
import type { ErrorDetail } from "./status.ts";

/** One call of a Google JSON API. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute, without secrets in it. */
  readonly url: string;
  readonly accessToken: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The project that pays for the call, where it is not the caller's own, and the caller may use it. */
  readonly quotaProject?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Whether Google refuses to show something, or has nothing to show: what is asked besides is then left out. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && ["permission_denied", "not_found", "perimeter_refused"].includes(error.code);
}

/** A Google API refused a call: {@link RunpassError} with what Google said. */
export class ApiError extends RunpassError {
  readonly httpStatus: number;
  /** Google's canonical code, for example `ABORTED`; empty where the answer held none. */
  readonly status: string;
  readonly details: readonly ErrorDetail[];

  constructor(
    { code, message, why, fix }: Pick<ErrorDetails, "code" | "message" | "why" | "fix">,
    answer: { httpStatus: number; status: string; details: readonly ErrorDetail[] },
  ) {
    super({ code, message, why, fix });
    this.name = "ApiError";
    this.httpStatus = answer.httpStatus;
    this.status = answer.status;
    this.details = answer.details;
  }
}

/**
 * Calls a Google JSON API and returns the parsed body.
 *
 * @throws {ApiError} when Google answers with an error; its message is Google's own, but for `perimeter_refused`.
 * @throws {RunpassError} `google_unreachable` when no answer came or it was no JSON.
 */
export async function callApi<T>(fetch: Fetch, request: ApiRequest): Promise<T> {
  const { host } = new URL(request.url);
  let response: Answer;
  let text: string;
  try {
    response = await fetch(request.url, {
      method: request.method,
      headers: {
        authorization: `Bearer ${request.accessToken}`,
        accept: "application/json",
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...(request.quotaProject === undefined ? {} : { "x-goog-user-project": request.quotaProject }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    text = await response.text();
  } catch (cause) {
    throw unreachable(host, cause);
  }
  const body = parseJson(text);
  if (response.ok && body !== undefined) return body as T;
  const error = parseErrorBody(body);
  const { status: httpStatus } = response;
  const { message = `${host} answered ${httpStatus}`, status = "", details = [] } = error ?? {};
  // Users' tokens need a project for some APIs, service accounts have their own: as gcloud, it is named first and then not.
  if (request.quotaProject !== undefined && errorReason(details) === userProjectReason) {
    return callApi(fetch, { ...request, quotaProject: undefined });
  }
  const identifier = perimeterIdentifier(details);
  const refusal =
    identifier === undefined ? { code: codeOf(httpStatus), message } : perimeterRefusal(host, identifier, message);
  throw new ApiError(refusal, { httpStatus, status, details });
}

/** A permission would not help. Source: VPC Service Controls documentation, "Troubleshooting". */
function perimeterRefusal(host: string, identifier: string, why: string): ConstructorParameters<typeof ApiError>[0] {
  return {
    code: "perimeter_refused",
    message: `A service perimeter (VPC Service Controls) keeps this request out of ${host}`,
    why,
    fix: `Run it from inside the perimeter, or give whoever manages it the identifier ${identifier}.`,
  };
}

/** The error for a host of Google's that gave no answer. */
export function unreachable(host: string, cause: unknown): RunpassError {
  return new RunpassError({
    code: "google_unreachable",
    message: `${host} cannot be reached`,
    why: describeNetworkFailure(cause),
    fix: "Check the network and HTTPS_PROXY, then run the command again.",
    cause,
  });
}

/** The innermost reason of a failed `fetch`, whose own message says only "fetch failed". */
export function describeNetworkFailure(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : describeNetworkFailure(cause.cause);
}

function parseJson(text: string): unknown {
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's or front end's page
  }
}

function codeOf(httpStatus: number): ErrorCode {
  switch (httpStatus) {
    case 400:
      return "invalid_argument";
    case 401:
      return "credentials_rejected";
    case 403:
      return "permission_denied";
    case 404:
      return "not_found";
    case 409:
      return "policy_conflict";
    default:
      return "google_unreachable";
  }
}
