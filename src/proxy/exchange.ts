import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import { isFrontEndRefusal, isTokenRefusal } from "../google/front-end-refusal.ts";
import type { ForwardResult } from "../http/forward.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { isGone, isHttp2 } from "../http/message.ts";
import type { UpgradeResult } from "../http/upgrade.ts";
import type { IdToken } from "../tokens/id-tokens.ts";
import type { Admission } from "./admit.ts";
import { answerFields } from "./answer-fields.ts";
import { shownPath } from "./events.ts";
import type { ProxyEvent, RequestEvent, RequestOutcome } from "./events.ts";
import type { OpenExchanges } from "./open-exchanges.ts";
import { sendOwnAnswer, tokenFailure, writeOwnAnswer } from "./own-answer.ts";
import type { OwnAnswer } from "./own-answer.ts";
import { keepSmallBody } from "./small-body.ts";
import { requestFields } from "./request-fields.ts";
import type { Service } from "./service.ts";

type Admitted = Extract<Admission, { isAdmitted: true }>;

/** What every exchange of a proxy works with. */
export interface ExchangeContext {
  readonly clock: Clock;
  readonly open: OpenExchanges;
  readonly onEvent: (event: ProxyEvent) => void;
}

/** nginx's code for a client that left before it was answered. */
const clientLeft = 499;

/** What becomes of one request. */
export interface ExchangeRecord {
  /** The answer begins. */
  answered(status: number, rawHeaders: readonly string[]): void;
  /** The request goes out once more. */
  retried(): void;
  /** Tells the event. */
  end(status: number, outcome: RequestOutcome, reason?: string): void;
}

/** Notes what a request comes to; its event is told once, at the end. */
export function beginRecord(
  request: HttpRequest,
  service: string | undefined,
  context: ExchangeContext,
  protocol?: "WebSocket",
): ExchangeRecord {
  const startMs = performance.now();
  const time = new Date(context.clock.nowMs()).toISOString();
  let answerMs: number | undefined;
  let isRetried = false;
  let isGoogleRefusal = false;
  return {
    answered: (status, rawHeaders) => {
      answerMs ??= performance.now() - startMs;
      isGoogleRefusal = isFrontEndRefusal(status, rawHeaders, request.url ?? "/");
    },
    retried: () => {
      isRetried = true;
    },
    end: (status, outcome, reason) => {
      const event: RequestEvent = {
        type: "request",
        time,
        service,
        method: request.method ?? "GET",
        path: shownPath(request.url),
        protocol: protocol ?? (isHttp2(request) ? "HTTP/2" : request.httpVersion === "1.0" ? "HTTP/1.0" : "HTTP/1.1"),
        status,
        outcome,
        durationMs: performance.now() - startMs,
        answerMs,
        reason,
        isGoogleRefusal,
        isRetried,
      };
      context.onEvent(event);
    },
  };
}

/** Sends a request on with a token, and its answer back. A token that Google refuses is renewed once, where the body can be sent again. */
export async function exchange(
  service: Service,
  request: HttpRequest,
  response: HttpResponse,
  admission: Admitted,
  context: ExchangeContext,
): Promise<void> {
  const record = beginRecord(request, service.name, context);
  const closeOpen = context.open.begin(service.name, request);
  try {
    let token = service.tokens.current();
    const body = keepSmallBody(request);
    let result: ForwardResult | { readonly outcome: "no_token"; readonly error: RunpassError };
    try {
      token ??= await service.tokens.get();
      result = isGone(response) ? { outcome: "abandoned" } : await send(token, { isLast: false });
      if (result.outcome === "declined") {
        record.retried();
        token = await service.tokens.renew(token);
        result = isGone(response) ? { outcome: "abandoned" } : await send(token, { isLast: true });
      }
    } catch (error) {
      if (!(error instanceof RunpassError)) throw error;
      result = { outcome: "no_token", error };
    }
    settle(result);

    function send(withToken: IdToken, { isLast }: { readonly isLast: boolean }): Promise<ForwardResult> {
      return service.upstream.forward({
        request,
        response,
        rawHeaders: fieldsFor(service, request, admission, withToken),
        ...(isLast ? { body: body.replay() } : { accept: acceptUnlessRefused(service, withToken, body.canReplay) }),
        onAnswer: (status, fields) => {
          record.answered(status, fields);
          return answerFields(fields, { target: service.target, ...admission });
        },
      });
    }

    function settle(ended: typeof result): void {
      switch (ended.outcome) {
        case "answered":
          return record.end(ended.status, "answered");
        case "cut":
          return record.end(ended.status, "cut", describeCause(ended.cause));
        case "abandoned":
          return record.end(clientLeft, "abandoned");
        case "declined":
        case "unanswered": {
          const cause = ended.outcome === "unanswered" ? ended.cause : new Error("the token was refused twice");
          sendOwnAnswer(request, response, withCors(unreachable(service, cause), admission));
          return record.end(502, "unanswered", describeCause(cause));
        }
        case "no_token":
          sendOwnAnswer(request, response, withCors(tokenFailure(ended.error), admission));
          return record.end(502, "unanswered", ended.error.message);
      }
    }
  } finally {
    closeOpen();
  }
}

/** The same for a WebSocket handshake. */
export async function exchangeUpgrade(
  service: Service,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  admission: Admitted,
  context: ExchangeContext,
): Promise<void> {
  const record = beginRecord(request, service.name, context, "WebSocket");
  const closeOpen = context.open.begin(service.name, request);
  const send = async (token: IdToken, isLast: boolean): Promise<UpgradeResult> =>
    service.upstream.upgrade({
      request,
      socket,
      head,
      rawHeaders: fieldsFor(service, request, admission, token),
      ...(isLast ? {} : { accept: acceptUnlessRefused(service, token, () => true) }),
      onAnswer: (status, fields) => {
        record.answered(status, fields);
        return answerFields(fields, { target: service.target, ...admission });
      },
    });
  try {
    const token = await service.tokens.get();
    let result = await send(token, false);
    if (result.outcome === "declined") {
      record.retried();
      result = await send(await service.tokens.renew(token), true);
    }
    if (result.outcome === "answered") return record.end(result.status, "answered");
    if (result.outcome === "abandoned") return record.end(clientLeft, "abandoned");
    const cause = result.outcome === "unanswered" ? result.cause : new Error("the token was refused twice");
    writeOwnAnswer(request, socket, unreachable(service, cause));
    record.end(502, "unanswered", describeCause(cause));
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    writeOwnAnswer(request, socket, tokenFailure(error));
    record.end(502, "unanswered", error.message);
  } finally {
    closeOpen();
  }
}

function fieldsFor(service: Service, request: HttpRequest, admission: Admitted, { token }: IdToken): string[] {
  const { target } = service;
  const authHeader = service.authHeaderFor(request.url);
  const { localOrigin, isAuthorizationOurs } = admission;
  return requestFields(request, { target, token, authHeader, localOrigin, isAuthorizationOurs });
}

/** Takes every answer but Google's "this token cannot be verified", where a new token may help and the body can go out again. */
function acceptUnlessRefused(
  service: Service,
  token: IdToken,
  canReplay: () => boolean,
): (status: number, rawHeaders: readonly string[]) => boolean {
  return (status, rawHeaders) =>
    status !== 401 || !isTokenRefusal(status, rawHeaders) || !canReplay() || !service.tokens.mayRenew(token);
}

function withCors(answer: OwnAnswer, { corsOrigin }: Admitted): OwnAnswer {
  return corsOrigin === undefined ? answer : { ...answer, rawHeaders: corsHeaders(corsOrigin) };
}

/** What lets a page of another origin read an answer. */
export function corsHeaders(origin: string): readonly string[] {
  return ["Access-Control-Allow-Origin", origin, "Access-Control-Allow-Credentials", "true", "Vary", "Origin"];
}

function unreachable({ name, target }: Service, cause: Error): OwnAnswer {
  const isOurs = cause instanceof RunpassError;
  return {
    status: 502,
    code: isOurs ? cause.code : "service_unreachable",
    message: isOurs ? cause.message : `The service ${name} gave no answer`,
    why: isOurs ? cause.why : `${target.origin}: ${describeCause(cause)}`,
    fix: (isOurs ? cause.fix : undefined) ?? "Check the network, then send the request again",
  };
}

function describeCause(cause: Error): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
