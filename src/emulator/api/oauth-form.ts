import type { OAuthError } from "../../google/oauth.ts";
import type { State } from "../state/state.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";

/** An OAuth error answer. Source: RFC 6749 §5.2; Google's texts. */
export class OAuthFailure extends Error {
  readonly httpStatus: number;
  readonly body: OAuthError;

  constructor(error: string, description: string, httpStatus = 400, subtype?: string) {
    super(description);
    this.name = "OAuthFailure";
    this.httpStatus = httpStatus;
    const details = subtype === undefined ? {} : { error_subtype: subtype };
    this.body = { error, error_description: description, ...details };
  }
}

/** Answers with the OAuth error that comes up. */
export function guarded(
  answer: (state: State, call: ApiCall) => ApiAnswer | Promise<ApiAnswer>,
): (state: State, call: ApiCall) => Promise<ApiAnswer> {
  return async (state, call) => {
    try {
      return await answer(state, call);
    } catch (error) {
      if (error instanceof OAuthFailure) return { status: error.httpStatus, body: error.body };
      throw error;
    }
  };
}

/** The parameters of an OAuth request. An empty one counts as not sent (RFC 6749 §3.2). */
export interface Form {
  get(name: string): string | undefined;
}

/**
 * Reads the parameters of a request to an OAuth endpoint: a form, or JSON, which Google takes too. A client may authenticate
 * with HTTP Basic instead of `client_id` and `client_secret` (RFC 6749 §2.3.1).
 *
 * @throws {OAuthFailure} `invalid_request` for a parameter that comes twice or a body of another kind.
 */
export function readForm(call: ApiCall): Form {
  const parameters = readParameters(call);
  const basic = readBasic(call.headers["authorization"]);
  if (basic) for (const [name, value] of basic) parameters.set(name, value);
  return { get: (name) => parameters.get(name) };
}

function readParameters(call: ApiCall): Map<string, string> {
  const text = call.body.toString("utf8");
  // A GET of some clients names a type, and has no body.
  const isJson = text !== "" && call.headers["content-type"]?.includes("json") === true;
  const pairs = isJson ? readJson(text) : [...new URLSearchParams(text), ...call.query];
  const parameters = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (parameters.has(name))
      throw new OAuthFailure("invalid_request", `Parameter not allowed more than once: ${name}`);
    if (value !== "") parameters.set(name, value);
  }
  return parameters;
}

function readJson(text: string): [string, string][] {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) throw new TypeError("no object");
    return Object.entries(body).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : []));
  } catch {
    throw new OAuthFailure("invalid_request", "Invalid JSON payload");
  }
}

function readBasic(header: string | undefined): [string, string][] | undefined {
  const encoded = /^basic +([\w+/=-]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  try {
    return [
      ["client_id", decodeURIComponent(id)],
      ["client_secret", decodeURIComponent(secret.join(":"))],
    ];
  } catch {
    throw new OAuthFailure("invalid_client", "The OAuth client was not found.", 401);
  }
}
