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
  if (request.method === "HEAD") response.end();
  else response.end(answer.body);
}

/** Tells a gRPC client that something is not there: by header fields that end the stream, where its libraries look for it. */
export function refuseGrpc(response: HttpResponse, message: string): void {
  response.statusCode = 200;
  response.setHeader("content-type", "application/grpc");
  response.setHeader("grpc-status", "12");
  response.setHeader("grpc-message", message);
  response.end();
}
