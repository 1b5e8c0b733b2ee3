import { randomBytes } from "node:crypto";
import { httpStatusOf, perimeterViolation } from "../../google/status.ts";
import type { ErrorBody, StatusCode } from "../../google/status.ts";
import type { Fault } from "../world/world-trouble.ts";
import type { FaultAnswer } from "./inflict.ts";

/** Google's usual sentences. Source: observed; they vary from API to API. */
const messages: Readonly<Record<number, string>> = {
  429: "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'.",
  500: "Internal error encountered.",
  503: "The service is currently unavailable.",
};

/** How a Google API says that it fails: its JSON error, or OAuth's where the host speaks OAuth. */
export function answerOfApi(host: string, fault: Fault, status: number): FaultAnswer {
  const isOAuth = /^(?:oauth2|accounts|sts)\b/.test(host);
  const message = messages[status] ?? "The request failed.";
  const code =
    (Object.keys(httpStatusOf) as StatusCode[]).find((name) => httpStatusOf[name] === status) ??
    (status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
  const told =
    fault.reason === undefined ? { message } : perimeterViolation(host, randomBytes(38).toString("base64url"));
  const google: ErrorBody = { error: { code: status, status: code, ...told } };
  const oauth = { error: status < 500 ? "temporarily_unavailable" : "internal_failure", error_description: message };
  return {
    status,
    headers: { "content-type": "application/json; charset=UTF-8", server: "ESF", ...retryAfter(fault) },
    body: `${JSON.stringify(isOAuth ? oauth : google, null, 2)}\n`,
  };
}

/** How the front end of a service says that there is no instance, or that one failed. Which words it uses is a guess. */
export function answerOfService(fault: Fault, status: number): FaultAnswer {
  const text = status === 429 ? "Rate exceeded." : status === 504 ? "upstream request timeout" : "Service Unavailable";
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", server: "Google Frontend", ...retryAfter(fault) },
    body: text,
  };
}

function retryAfter({ retryAfterSeconds }: Fault): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
}
