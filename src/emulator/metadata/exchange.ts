import { guardRequest } from "../../http/guard.ts";
import type { HttpRequest, HttpResponse } from "../../http/message.ts";
import { exchangeApiCall } from "../api-exchange.ts";
import type { ApiAnswer, ApiCall } from "../api/route.ts";
import { sendAnswer } from "../send-answer.ts";
import { metadataHosts } from "./hosts.ts";

/** Loopback under its usual names, which clients are told, and the server's own names. */
const hosts = ["127.0.0.1", "localhost", "::1", ...metadataHosts];

/**
 * Serves a request to a metadata server, if it was meant for one: tokens are handed out here, and a web page can reach this
 * machine by a name of its own (DNS rebinding).
 */
export async function exchangeMetadata(
  request: HttpRequest,
  response: HttpResponse,
  answer: (call: ApiCall) => Promise<ApiAnswer>,
): Promise<void> {
  const refusal = guardRequest(request, { hosts });
  if (!refusal) return exchangeApiCall(request, response, "metadata.google.internal", answer);
  sendAnswer(request, response, {
    status: 403,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `Refused: ${refusal.reason}.\n`,
  });
}
