import { request as httpRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { asError } from "./forward.ts";
import { requestLine } from "./forward-request.ts";
import { endToEndHeaders } from "./headers.ts";
import { formatHead } from "./raw-response.ts";

/** What {@link forwardUpgrade} needs. */
export interface UpgradeOptions {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent after its request. */
  readonly head: Buffer;
  /** As in `forwardRequest`. */
  readonly target: URL;
  /** As in `forwardRequest`; `Upgrade` and `Connection` are seen to here. */
  readonly rawHeaders: readonly string[];
  /** Opens the connection to the target. Default: one of TCP, or of TLS for `https:`. */
  readonly connect?: (() => Promise<Duplex>) | undefined;
  /** As in `forwardRequest`: asked of an answer that is no agreement. */
  readonly accept?: ((status: number, rawHeaders: readonly string[]) => boolean) | undefined;
  /** As in `forwardRequest`: told of any answer, agreement or not. */
  readonly onAnswer?: ((status: number, fields: readonly string[]) => readonly string[]) | undefined;
  /** Ends the exchange. */
  readonly signal?: AbortSignal | undefined;
}

/** How an upgrade ended. */
export type UpgradeResult =
  /** The target agreed (101) and the connection has ended since, or it answered otherwise and that went to the client. */
  | { readonly outcome: "answered"; readonly status: number }
  /** No answer came. Nothing was written to the socket: answer in your own manner. */
  | { readonly outcome: "unanswered"; readonly cause: Error }
  /** An answer came that was not accepted. Nothing was written to the socket. */
  | { readonly outcome: "declined"; readonly status: number }
  /** The client went away before an answer came. */
  | { readonly outcome: "abandoned" };

/** Forwards a WebSocket handshake to an HTTP/1 server and, once it agrees, the bytes both ways. Never rejects. */
export function forwardUpgrade(options: UpgradeOptions): Promise<UpgradeResult> {
  const { request, socket, target, signal, connect, onAnswer = (_status, fields) => fields } = options;
  return new Promise((resolve) => {
    const upstream = (target.protocol === "https:" ? httpsRequest : httpRequest)({
      ...requestLine(target, request),
      // A connection of its own: it will not come back.
      ...(connect === undefined
        ? { agent: false }
        : {
            createConnection: (_options, done) => {
              connect().then(
                (opened) => done(null, opened),
                (error: unknown) => done(asError(error), undefined as never),
              );
              return undefined;
            },
          }),
      headers: [
        ...endToEndHeaders(options.rawHeaders),
        ...["Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? "websocket"],
      ],
    });
    // Only a socket that is read tells that its client has gone. What comes before the answer is kept for the target.
    let early = options.head;
    socket.on("data", onEarlyData);
    socket.once("end", onClientGone);
    socket.once("close", onClientGone);
    signal?.addEventListener("abort", onAbort);
    upstream.once("upgrade", (answer, upstreamSocket, upstreamHead) => {
      stopWaiting();
      const fields = [...upgradeHeaders(answer), ...onAnswer(101, endToEndHeaders(answer.rawHeaders))];
      socket.write(formatHead(101, answer.statusMessage ?? "", fields), "latin1");
      joinSockets(socket, early, upstreamSocket, upstreamHead, () => finish({ outcome: "answered", status: 101 }));
    });
    upstream.once("response", (answer) => {
      const status = answer.statusCode as number;
      if (status === 101) return void upstream.destroy(new Error("the target switched to no protocol"));
      if (options.accept?.(status, answer.rawHeaders) === false) {
        stopWaiting();
        if (early.length > 0) socket.unshift(early);
        finish({ outcome: "declined", status });
        upstream.destroy();
        return;
      }
      // Refused: the answer goes through, and its end is the end of the connection.
      stopWaiting();
      const fields = [...onAnswer(status, endToEndHeaders(answer.rawHeaders)), "Connection", "close"];
      socket.write(formatHead(status, answer.statusMessage ?? "", fields), "latin1");
      socket.once("close", () => {
        upstream.destroy();
        finish({ outcome: "answered", status });
      });
      answer.on("error", () => socket.destroy());
      answer.pipe(socket);
      socket.resume();
    });
    upstream.on("error", (cause) => {
      stopWaiting();
      finish({ outcome: "unanswered", cause });
    });
    upstream.end();
    if (signal?.aborted === true) onAbort();

    function onEarlyData(chunk: Buffer): void {
      early = Buffer.concat([early, chunk]);
      if (early.length > maxEarlyBytes) socket.pause();
    }

    function onClientGone(): void {
      stopWaiting();
      finish({ outcome: "abandoned" });
      upstream.destroy();
      socket.destroy();
    }

    function stopWaiting(): void {
      socket.off("data", onEarlyData);
      socket.off("end", onClientGone);
      socket.off("close", onClientGone);
    }

    function onAbort(): void {
      upstream.destroy(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      upstream.socket?.destroy();
    }

    function finish(result: UpgradeResult): void {
      signal?.removeEventListener("abort", onAbort);
      resolve(result);
    }
  });
}

/** What is kept of a client that talks before it is answered; the rest waits in its connection. */
const maxEarlyBytes = 65_536;

function upgradeHeaders(answer: IncomingMessage): string[] {
  return ["Connection", "Upgrade", "Upgrade", answer.headers.upgrade ?? "websocket"];
}

/**
 * Passes bytes both ways between two sockets, with back-pressure, until both directions have ended or either socket fails.
 *
 * @param headA what was read from `a` already; likewise `headB`
 */
export function joinSockets(a: Duplex, headA: Buffer, b: Duplex, headB: Buffer, onClose: () => void): void {
  let open = 2;
  for (const [from, to, head] of [
    [a, b, headA],
    [b, a, headB],
  ] as const) {
    if (head.length > 0) to.write(head);
    from.on("error", () => to.destroy());
    from.once("close", () => {
      // An orderly end goes through the pipe, and what came before it; beyond that nobody is there to read or write for. Without
      // this the other socket would wait unread, and not see its own end either.
      if (from.readableEnded) to.end(() => to.destroy());
      else to.destroy();
      open -= 1;
      if (open === 0) onClose();
    });
    from.pipe(to);
  }
}
