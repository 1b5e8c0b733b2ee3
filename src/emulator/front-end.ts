import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import type { GateDecision } from "../gate/decision.ts";
import { addForwardedHeaders } from "../gate/forwarded-headers.ts";
import type { Gate } from "../gate/gate.ts";
import { createForwardAgent, forwardRequest } from "../http/forward.ts";
import { endToEndHeaders, withoutHeaders } from "../http/headers.ts";
import { requestAuthority } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { writeRawResponse } from "../http/raw-response.ts";
import { forwardUpgrade } from "../http/upgrade.ts";
import { echo } from "./echo-backend.ts";
import type { Echo } from "./echo-backend.ts";
import type { TraceEntry } from "./emulator.ts";
import { explainLocalAudience } from "./local-view.ts";
import { sendAnswer } from "./send-answer.ts";
import { answerOfService } from "./trouble/fault-answer.ts";
import type { FaultList } from "./trouble/faults.ts";
import { inflict } from "./trouble/inflict.ts";
import type { Fault } from "./world-trouble.ts";
import { redactPath } from "./trace.ts";
import type { Trace } from "./trace.ts";

/** What {@link createFrontEnd} needs. */
export interface FrontEndOptions {
  readonly gate: Pick<Gate, "decide">;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly faults: Pick<FaultList, "meet">;
  /** Ends whatever waits here. */
  readonly closing: AbortSignal;
  backendOf(serviceName: string): "echo" | URL;
  port(): number;
}

/** The front end of every service: asks the gate, answers refusals, and hands the rest to the service's backend. */
export interface FrontEnd {
  /** @param host Lower case, without port. */
  handle(request: HttpRequest, response: HttpResponse, host: string): Promise<void>;
  /** The same for a WebSocket handshake. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, host: string): Promise<void>;
  /** Closes the connections to backends. */
  close(): void;
}

type Recorded = { -readonly [Member in keyof TraceEntry]: TraceEntry[Member] };

/** What a trace shows while no answer has begun, and for good where the client left before: nginx's code for it. */
const clientLeft = 499;

export function createFrontEnd(options: FrontEndOptions): FrontEnd {
  const agent = createForwardAgent();

  function decide(request: HttpRequest, host: string): { decision: GateDecision; entry: Recorded } {
    const path = request.url ?? "/";
    const method = request.method ?? "GET";
    const decision = options.gate.decide({ method, host, path, rawHeaders: request.rawHeaders });
    const entry: Recorded = {
      time: new Date(options.clock.nowMs()).toISOString(),
      method,
      host,
      path: redactPath(path),
      ...(decision.service ? { service: decision.service.name } : {}),
      ...(decision.principal ? { principal: `${decision.principal.kind}:${decision.principal.email}` } : {}),
      status: decision.allowed ? clientLeft : decision.status,
      allowed: decision.allowed,
      steps: decision.steps.map((step) => explainLocalAudience(step, host, options.port())),
    };
    options.trace.add(entry);
    return { decision, entry };
  }

  return {
    async handle(request, response, host) {
      const { decision, entry } = decide(request, host);
      if (!decision.allowed) {
        sendAnswer(request, response, decision);
        return;
      }
      const fault = options.faults.meet({ service: decision.service.name, path: request.url ?? "/" });
      if (fault) {
        noteFault(entry, fault);
        if (await inflict(fault, request, response, answerOfService, options.closing)) return;
      }
      const rawHeaders = backendHeaders(request, decision.rawHeaders);
      const backend = options.backendOf(decision.service.name);
      if (backend === "echo") return answerWithEcho(request, response, rawHeaders, entry);
      const result = await forwardRequest({
        request,
        response,
        target: backend,
        rawHeaders,
        agent,
        onAnswer: (status, fields) => {
          entry.status = status;
          return [...withoutHeaders(fields, "server"), "server", "Google Frontend"];
        },
      });
      if (result.outcome !== "unanswered") return;
      entry.status = 503;
      sendAnswer(request, response, {
        status: 503,
        headers: failureHeaders,
        body: describeFailure(backend, result.cause),
      });
    },

    async upgrade(request, socket, head, host) {
      const { decision, entry } = decide(request, host);
      if (!decision.allowed) {
        const { status, headers, body } = decision;
        writeRawResponse(socket, {
          status,
          rawHeaders: withoutHeaders(Object.entries(headers).flat(), "content-length"),
          body,
        });
        return;
      }
      const fault = options.faults.meet({ service: decision.service.name, path: request.url ?? "/" });
      if (fault) noteFault(entry, fault);
      if (fault?.connection !== undefined) return void socket.destroy();
      if (fault?.status !== undefined) {
        const { status, headers, body } = answerOfService(fault, fault.status);
        writeRawResponse(socket, { status, rawHeaders: Object.entries(headers).flat(), body });
        return;
      }
      const backend = options.backendOf(decision.service.name);
      if (backend === "echo") {
        entry.status = 501;
        const body = "The built-in backend speaks no WebSocket: give the service a backend of its own.\n";
        writeRawResponse(socket, { status: 501, rawHeaders: Object.entries(failureHeaders).flat(), body });
        return;
      }
      entry.status = 101;
      const rawHeaders = backendHeaders(request, decision.rawHeaders);
      const result = await forwardUpgrade({ request, socket, head, target: backend, rawHeaders });
      if (result.outcome === "answered") entry.status = result.status;
      if (result.outcome === "abandoned") entry.status = clientLeft;
      if (result.outcome !== "unanswered") return;
      entry.status = 503;
      const body = describeFailure(backend, result.cause);
      writeRawResponse(socket, { status: 503, rawHeaders: Object.entries(failureHeaders).flat(), body });
    },

    close: () => agent.close(),
  };
}

/** A fault shows in the trace, so that nobody looks for its reason elsewhere. */
function noteFault(entry: Recorded, fault: Fault): void {
  const { status, connection, latencyMs } = fault;
  const what = [status, connection, latencyMs === undefined ? undefined : `${latencyMs} ms`].filter(
    (part) => part !== undefined,
  );
  const detail = `a fault that was set meets this request: ${what.join(", ")}`;
  entry.steps = [...entry.steps, { rule: "fault", outcome: "failed", detail, fact: "fault", grade: "guess" }];
  if (status !== undefined) entry.status = status;
}

const failureHeaders = { "content-type": "text/plain; charset=utf-8", server: "Google Frontend" };

/** What the container gets: the request's own end-to-end headers with `Host`, and what the front end says of the client. */
function backendHeaders(request: HttpRequest, rawHeaders: readonly string[]): readonly string[] {
  const fields = endToEndHeaders(rawHeaders);
  const hasHost = fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  if (!hasHost) fields.unshift("Host", requestAuthority(request)); // HTTP/2 calls it :authority
  return addForwardedHeaders(fields, request.socket.remoteAddress ?? "127.0.0.1");
}

async function answerWithEcho(
  request: HttpRequest,
  response: HttpResponse,
  rawHeaders: readonly string[],
  entry: Recorded,
): Promise<void> {
  let seen: Echo;
  try {
    seen = await echo({ method: request.method ?? "GET", url: request.url ?? "/", rawHeaders }, request);
  } catch {
    return; // the client went away with its body half sent
  }
  entry.status = 200;
  const headers = { "content-type": "application/json", server: "Google Frontend" };
  sendAnswer(request, response, { status: 200, headers, body: `${JSON.stringify(seen, null, 2)}\n` });
}

/** Envoy's sentence, which Cloud Run's callers know, and what a developer needs besides. */
function describeFailure(backend: URL, cause: Error): string {
  const code = (cause as NodeJS.ErrnoException).code ?? cause.message;
  return (
    "upstream connect error or disconnect/reset before headers. reset reason: connection failure\n" +
    `runpass emulator: the backend at ${backend.origin} gave no answer (${code}).\n`
  );
}
