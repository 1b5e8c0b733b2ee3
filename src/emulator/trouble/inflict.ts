import { setTimeout as delay } from "node:timers/promises";
import type { HttpRequest, HttpResponse } from "../../http/message.ts";
import { isHttp2 } from "../../http/message.ts";
import { sendAnswer } from "../send-answer.ts";
import type { Fault } from "../world/world-trouble.ts";

/** An answer that a fault gives. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Does to a request what a fault says.
 *
 * @param answerFor The answer of a status, in the words of whoever is asked.
 * @returns whether the request is done with. If not, it is to be answered as always: a fault of the connection breaks that.
 */
export async function inflict(
  fault: Fault,
  request: HttpRequest,
  response: HttpResponse,
  answerFor: (fault: Fault, status: number) => FaultAnswer,
  signal: AbortSignal,
): Promise<boolean> {
  if (fault.latencyMs !== undefined) {
    await delay(fault.latencyMs, undefined, { signal }).catch(() => undefined); // the emulator closes: no more waiting
  }
  if (fault.connection === "reset") {
    resetConnection(request);
    return true;
  }
  if (fault.connection === "half-body") breakHalfway(request, response);
  const status = fault.status ?? (fault.reason === undefined ? undefined : 403);
  if (status === undefined) return false;
  sendAnswer(request, response, answerFor(fault, status));
  return true;
}

function resetConnection(request: HttpRequest): void {
  // INTERNAL_ERROR, RFC 9113 section 7: the other streams of the connection go on.
  if (isHttp2(request)) request.stream.close(2);
  else request.socket.destroy();
}

/** Lets an answer go out up to the middle of its first piece, and cuts the connection there. */
function breakHalfway(request: HttpRequest, response: HttpResponse): void {
  const write = response.write.bind(response) as (chunk: Buffer, done: () => void) => boolean;
  let isBroken = false;
  const breakAfterHalf = (chunk: unknown): void => {
    if (isBroken) return;
    isBroken = true;
    const bytes = typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0);
    if (bytes.length < 2) resetConnection(request);
    else write(bytes.subarray(0, bytes.length / 2), () => resetConnection(request));
  };
  Object.assign(response, {
    write: (chunk: unknown) => {
      breakAfterHalf(chunk);
      return true;
    },
    end: (chunk?: unknown) => {
      breakAfterHalf(chunk);
      return response;
    },
  });
}
