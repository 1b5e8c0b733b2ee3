import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import type { GateDecision } from "../gate/decision.ts";
import { addForwardedHeaders } from "../gate/forwarded-headers.ts";
import type { Gate } from "../gate/gate.ts";
import { splitTag } from "../google/run-name.ts";
import { createForwardAgent } from "../http/forward.ts";
import { endToEndHeaders, withoutHeaders } from "../http/headers.ts";
import { requestAuthority } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { writeRawResponse } from "../http/raw-response.ts";
import type { Backends } from "./backends/backends.ts";
import { clientLeft, exchangeWithBackend, upgradeToBackend } from "./backends/exchange.ts";
import type { BackendAgents } from "./backends/exchange.ts";
import { createHttp2Backends } from "./backends/http2-backends.ts";
import type { TraceEntry } from "./emulator.ts";
import { explainLocalAudience } from "./local-view.ts";
import { sendAnswer } from "./send-answer.ts";
import { answerOfService } from "./trouble/fault-answer.ts";
import type { FaultList } from "./trouble/faults.ts";
import { inflict } from "./trouble/inflict.ts";
import type { Fault } from "./world/world-trouble.ts";
import { redactPath } from "./trace.ts";
import type { Trace } from "./trace.ts";

/** What {@link createFrontEnd} needs. */
export interface FrontEndOptions {
  readonly gate: Pick<Gate, "decide">;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly backends: Pick<Backends, "of">;
  readonly faults: Pick<FaultList, "meet">;
  /** Ends whatever waits here. */
  readonly closing: AbortSignal;
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

export function createFrontEnd(options: FrontEndOptions): FrontEnd {
  const agents: BackendAgents = { http1: createForwardAgent(), http2: createHttp2Backends() };

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
      await exchangeWithBackend({
        request,
        response,
        backend: options.backends.of(decision.service.name, splitTag(host).tag),
        rawHeaders: backendHeaders(request, decision.rawHeaders),
        agents,
        onStatus: (status) => (entry.status = status),
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
      await upgradeToBackend({
        request,
        socket,
        head,
        backend: options.backends.of(decision.service.name, splitTag(host).tag),
        rawHeaders: backendHeaders(request, decision.rawHeaders),
        onStatus: (status) => (entry.status = status),
      });
    },

    close: () => {
      agents.http1.close();
      agents.http2.close();
    },
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

/** What the container gets: the request's own end-to-end headers with `Host`, and what the front end says of the client. */
function backendHeaders(request: HttpRequest, rawHeaders: readonly string[]): readonly string[] {
  const fields = endToEndHeaders(rawHeaders);
  const hasHost = fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  if (!hasHost) fields.unshift("Host", requestAuthority(request)); // HTTP/2 calls it :authority
  return addForwardedHeaders(fields, request.socket.remoteAddress ?? "127.0.0.1");
}
