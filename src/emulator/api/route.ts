import type { ErrorDetail, StatusCode } from "../../google/status.ts";

/** A request to one of the emulated APIs, told apart from how it came in. */
export interface ApiCall {
  readonly method: string;
  /** The API's own host, for example `iam.googleapis.com`, whichever way the request came in. */
  readonly host: string;
  /** `host[:port]` as the client named it, in lower case. */
  readonly authority: string;
  /** As sent, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** What an API answers. A `body` that is no string is sent as JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** JSON without line breaks and spaces. */
  readonly isCompact?: boolean;
}

/** Thrown by a handler: Google's JSON error. */
export class ApiFailure extends Error {
  readonly status: StatusCode;
  readonly details: readonly ErrorDetail[];

  constructor(status: StatusCode, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
    this.details = details;
  }
}
