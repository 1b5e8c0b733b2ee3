import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { HttpResponse } from "./message.ts";

/** What is under way on a server: kept for its end. */
export interface Connections {
  /** A connection was accepted. */
  open(socket: Socket): void;
  /** Nothing is known yet of what it speaks. @returns what is to be called once it is. */
  expect(socket: Socket): () => void;
  /** It speaks HTTP/1 from now on. */
  serve(socket: Socket): void;
  /** It speaks something else from now on, and another sees to it. */
  handOver(socket: Socket): void;
  beginSession(session: ServerHttp2Session): void;
  beginExchange(response: HttpResponse): void;
  /** Whether a client is being answered on it. */
  isAnswering(socket: Socket): boolean;
  /** Ends those of HTTP/1 that nothing is under way on. */
  closeIdle(): void;
  /** Ends what is idle, now and as soon as it comes to be. */
  end(): void;
  /** Cuts what is left. @returns how many connections that was. */
  cut(): number;
}

export function createConnections(): Connections {
  const all = new Set<Socket>();
  const undecided = new Set<Socket>();
  const http1 = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const exchanges = new Set<HttpResponse>();
  let isEnding = false;

  function closeIdle(): void {
    const busy = new Set<unknown>();
    for (const response of exchanges) busy.add(response.req.socket);
    for (const socket of http1) if (!busy.has(socket)) socket.destroySoon();
  }

  function onExchangeEnd(this: HttpResponse): void {
    exchanges.delete(this);
    if (isEnding) closeIdle();
  }

  return {
    open: (socket) => {
      all.add(socket);
      socket.once("close", () => all.delete(socket));
    },
    expect: (socket) => {
      undecided.add(socket);
      socket.once("close", () => undecided.delete(socket));
      return () => void undecided.delete(socket);
    },
    serve: (socket) => {
      http1.add(socket);
      socket.once("close", () => http1.delete(socket));
    },
    handOver: (socket) => void http1.delete(socket),
    beginSession: (session) => {
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
    },
    beginExchange: (response) => {
      exchanges.add(response);
      response.once("close", onExchangeEnd);
    },
    isAnswering: (socket) => [...exchanges].some(({ req, headersSent }) => headersSent && req.socket === socket),
    closeIdle,
    end: () => {
      isEnding = true;
      closeIdle();
      for (const session of sessions) session.close();
      for (const socket of undecided) socket.destroy();
    },
    cut: () => {
      const count = all.size;
      for (const socket of all) socket.destroy();
      return count;
    },
  };
}
