/** The canonical codes that the emulated APIs answer with, and their HTTP statuses. Source: google/rpc/code.proto. */
export const httpStatusOf: Readonly<Record<StatusCode, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
};

export type StatusCode =
  | "INVALID_ARGUMENT"
  | "FAILED_PRECONDITION"
  | "UNAUTHENTICATED"
  | "PERMISSION_DENIED"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "ABORTED"
  | "RESOURCE_EXHAUSTED"
  | "INTERNAL"
  | "UNIMPLEMENTED"
  | "UNAVAILABLE";

/** The JSON error body of Google's APIs. Source: google/rpc/status.proto, in its HTTP mapping. */
export interface ErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: StatusCode;
    readonly details?: readonly ErrorDetail[];
  };
}

/** One member of `details`: google.rpc.ErrorInfo, google.rpc.ResourceInfo and the like. */
export interface ErrorDetail {
  readonly "@type": string;
  readonly [member: string]: unknown;
}

/** google.rpc.ErrorInfo, the detail that clients key on. Source: google/rpc/error_details.proto. */
export function errorInfo(reason: string, metadata: Readonly<Record<string, string>>, domain?: string): ErrorDetail {
  return {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason,
    ...(domain === undefined ? {} : { domain }),
    metadata,
  };
}

/** google.rpc.BadRequest: what is wrong with which field of a request. Source: google/rpc/error_details.proto. */
export function badRequest(
  fieldViolations: readonly { readonly field?: string; readonly description: string }[],
): ErrorDetail {
  return { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations };
}

/** The `reason` of the google.rpc.ErrorInfo among an error's details, for example `SERVICE_DISABLED`. */
export function errorReason(details: readonly ErrorDetail[]): string | undefined {
  const reason = details.find((detail) => detail["@type"] === "type.googleapis.com/google.rpc.ErrorInfo")?.["reason"];
  return typeof reason === "string" ? reason : undefined;
}

/** The reason of whoever may not use the project of `x-goog-user-project`. Source: google/api/error_reason.proto. */
export const userProjectReason = "USER_PROJECT_DENIED" as const;

/** What a refusal by VPC Service Controls says in its google.rpc.ErrorInfo. Source: google/api/error_reason.proto. */
export const perimeterReason = "SECURITY_POLICY_VIOLATED" as const;

/** How Google says that VPC Service Controls keep a request out. Source: a published answer (cloudquery, issue 1062). */
export function perimeterViolation(service: string, identifier: string): Omit<ErrorBody["error"], "code" | "status"> {
  return {
    message: `Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: ${identifier}`,
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        violations: [{ type: "VPC_SERVICE_CONTROLS", description: identifier }],
      },
      errorInfo(perimeterReason, { service, uid: identifier }, "googleapis.com"),
    ],
  };
}

/** The identifier by which administrators find a refusal of VPC Service Controls; `undefined` for every other one. */
export function perimeterIdentifier(details: readonly ErrorDetail[]): string | undefined {
  const info = details.find((detail) => detail["reason"] === perimeterReason);
  const { uid } = (info?.["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
  return info && (typeof uid === "string" ? uid : "not told");
}

/** Reads an error body of a Google API, or `undefined` when `body` is none. */
export function parseErrorBody(body: unknown): ErrorBody["error"] | undefined {
  if (typeof body !== "object" || body === null || !("error" in body)) return undefined;
  const { error } = body;
  if (typeof error !== "object" || error === null) return undefined;
  const { code, message, status } = error as Record<string, unknown>;
  if (typeof code !== "number" || typeof message !== "string" || typeof status !== "string") return undefined;
  return error as ErrorBody["error"];
}
