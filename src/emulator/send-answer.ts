import { isHttp2 } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";

/** Sends a whole answer, over HTTP/1 or HTTP/2. */
export function sendAnswer(
  request: HttpRequest,
  response: HttpResponse,
  answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
  },
): void {
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader("content-length", Buffer.byteLength(answer.body));
  drain(request);
  if (request.method === "HEAD") response.end();
  else response.end(answer.body);
}

/**
 * Reads what the client still sends, as Node.js itself does for HTTP/1: it would reset an HTTP/2 stream of which nothing was read, and
 * Java's client then waits for ever for room to send the rest.
 */
function drain(request: HttpRequest): void {
  if (isHttp2(request) && !request.complete) request.resume();
}

/** Tells a gRPC client that something is not there: by header fields that end the stream, where its libraries look for it. */
export function refuseGrpc(response: HttpResponse, message: string): void {
  response.statusCode = 200;
  response.setHeader("content-type", "application/grpc");
  response.setHeader("grpc-status", "12");
  response.setHeader("grpc-message", message);
  response.end();
}
