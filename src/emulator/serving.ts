import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { guardRequest } from "../http/guard.ts";
import { requestAuthority } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { writeRawResponse } from "../http/raw-response.ts";
import type { LocalServer, LocalServerOptions } from "../http/server.ts";
import { exchangeApiCall } from "./api-exchange.ts";
import type { ApiAnswer, ApiCall } from "./api/route.ts";
import { usualHost } from "./api/usual-host.ts";
import { isEmulatedHost } from "./certificates/certificates.ts";
import { findDestination } from "./dispatch.ts";
import type { Routes } from "./dispatch.ts";
import { createForwardProxy } from "./forward-proxy.ts";
import type { FrontEnd } from "./front-end.ts";
import { exchangeMetadata } from "./metadata/exchange.ts";
import { isMetadataHost } from "./metadata/hosts.ts";
import { sendAnswer } from "./send-answer.ts";
import { answerOfApi } from "./trouble/fault-answer.ts";
import type { FaultList } from "./trouble/faults.ts";
import { inflict } from "./trouble/inflict.ts";

/** What {@link createServing} hands requests to. */
export interface ServingOptions {
  readonly routes: Routes;
  readonly frontEnd: FrontEnd;
  readonly faults: Pick<FaultList, "meet">;
  /** Ends whatever waits here. */
  readonly closing: AbortSignal;
  answerApi(call: ApiCall): Promise<ApiAnswer>;
  answerControl(call: ApiCall): Promise<ApiAnswer>;
  /** For the metadata server that everybody shares. */
  answerMetadata(call: ApiCall): Promise<ApiAnswer>;
  readonly adminSecret: string;
  readonly passthrough: boolean;
  server(): LocalServer;
}

/** The handlers of the emulator's one port. */
export interface Serving {
  readonly handlers: Required<Pick<LocalServerOptions, "onRequest" | "onUpgrade" | "onConnect">>;
  /** Closes the connections that go out from here. */
  close(): void;
}

/** Puts a forward proxy in front, and behind it hands every request to whom its host and path name. */
export function createServing(options: ServingOptions): Serving {
  const { routes, frontEnd } = options;

  async function onRequest(request: HttpRequest, response: HttpResponse): Promise<void> {
    const destination = findDestination(requestAuthority(request), request.url ?? "/", routes);
    switch (destination.kind) {
      case "service":
        return frontEnd.handle(request, response, destination.host);
      case "api":
        return onApi(request, response, destination.host);
      case "control":
        return onControl(request, response);
      case "metadata":
        return exchangeMetadata(request, response, options.answerMetadata);
      case "none":
        return sendText(request, response, 404, destination.why);
    }
  }

  async function onApi(request: HttpRequest, response: HttpResponse, asked: string): Promise<void> {
    const host = usualHost(asked);
    const fault = options.faults.meet({ api: host, path: request.url ?? "/" });
    const answerFor = answerOfApi.bind(undefined, host);
    if (fault && (await inflict(fault, request, response, answerFor, options.closing))) return;
    return exchangeApiCall(request, response, host, options.answerApi);
  }

  async function onControl(request: HttpRequest, response: HttpResponse): Promise<void> {
    const refusal = guardRequest(request, { secret: `Bearer ${options.adminSecret}`, secretHeader: "authorization" });
    if (refusal) return sendText(request, response, refusal.status, `Refused: ${refusal.reason}.`);
    return exchangeApiCall(request, response, "localhost", options.answerControl);
  }

  async function onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const destination = findDestination(requestAuthority(request), request.url ?? "/", routes);
    if (destination.kind === "service") return frontEnd.upgrade(request, socket, head, destination.host);
    writeRawResponse(socket, { status: 404, body: "Nothing here speaks WebSocket but services.\n" });
  }

  const proxy = createForwardProxy({
    isKnownHost: (host) => isEmulatedHost(host) || routes.isApiHost(host) || isMetadataHost(host),
    passthrough: options.passthrough,
    server: options.server,
    onRequest,
    onUpgrade,
  });
  return {
    handlers: { onRequest: proxy.onRequest, onUpgrade: proxy.onUpgrade, onConnect: proxy.onConnect },
    close: () => {
      proxy.close();
      frontEnd.close();
    },
  };
}

function sendText(request: HttpRequest, response: HttpResponse, status: number, text: string): void {
  sendAnswer(request, response, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: `${text}\n`,
  });
}
