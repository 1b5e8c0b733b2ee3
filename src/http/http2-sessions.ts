import { connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";

/** What one connection may have under way before we know the server's own limit: what Google's front ends allow. */
const defaultMaxStreams = 100;

/** How much of one stream, and of a whole connection, may be on its way to us unread: enough for fast networks far away. */
const streamWindowBytes = 1024 * 1024;
const sessionWindowBytes = 16 * streamWindowBytes;

/** A connection that was silent for so long may have been forgotten by what is between: it is asked when it is used again. */
const doubtfulAfterMs = 15_000;
const answerTimeoutMs = 5_000;

/** HTTP/2 connections to one server. */
export interface Http2Sessions {
  /** One that takes another stream, or `undefined` where there is none. `isReused` where others have used it before. */
  find(): { readonly session: ClientHttp2Session; readonly isReused: boolean } | undefined;
  /** Takes a new connection in and waits until it is usable. */
  add(origin: string, socket: Duplex): Promise<void>;
  /** Asks every connection whether its other end is there; cuts those that do not answer in time, and tells how many. */
  check(timeoutMs: number): Promise<number>;
  /** Cuts all. */
  close(): void;
}

interface Kept {
  readonly session: ClientHttp2Session;
  streams: number;
  isReused: boolean;
  /** When a stream was last opened or ended. */
  usedMs: number;
}

export function createHttp2Sessions(): Http2Sessions {
  const all = new Set<Kept>();

  function find(): { session: ClientHttp2Session; isReused: boolean } | undefined {
    for (const kept of all) {
      const { session, isReused } = kept;
      if (session.closed || session.destroyed) all.delete(kept);
      else if (kept.streams < (session.remoteSettings?.maxConcurrentStreams ?? defaultMaxStreams)) {
        const nowMs = performance.now();
        if (isReused && kept.streams === 0 && nowMs - kept.usedMs > doubtfulAfterMs) void ask(session, answerTimeoutMs);
        kept.isReused = true;
        kept.usedMs = nowMs;
        return { session, isReused };
      }
    }
    return undefined;
  }

  async function add(origin: string, socket: Duplex): Promise<void> {
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
      maxSessionMemory: 64, // MB
      maxHeaderListPairs: 1_000,
    });
    const kept: Kept = { session, streams: 0, isReused: false, usedMs: performance.now() };
    // Streams tell themselves how they fare; a connection's end is no event here.
    session.on("error", () => all.delete(kept));
    session.once("goaway", () => all.delete(kept));
    session.once("close", () => all.delete(kept));
    session.on("stream", (stream) => stream.close()); // pushed unasked
    const { request } = session;
    session.request = (headers, options) => {
      const stream = request.call(session, headers, options);
      kept.streams += 1;
      stream.once("close", () => {
        kept.streams -= 1;
        kept.usedMs = performance.now();
      });
      return stream;
    };
    await new Promise<void>((resolve, reject) => {
      session.once("connect", () => {
        session.setLocalWindowSize(sessionWindowBytes);
        resolve();
      });
      session.once("error", reject);
      session.once("close", () => reject(new Error("the connection was closed before it was used")));
    });
    all.add(kept);
  }

  return {
    find,
    add,
    check: async (timeoutMs) => {
      const answers = await Promise.all([...all].map(({ session }) => ask(session, timeoutMs)));
      return answers.filter((isThere) => !isThere).length;
    },
    close: () => {
      for (const { session } of all) session.destroy();
      all.clear();
    },
  };
}

/** Asks with a PING (RFC 9113 section 6.7). @returns whether an answer came; without one the connection is cut. */
function ask(session: ClientHttp2Session, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      session.destroy(Object.assign(new Error("the other end is silent"), { code: "ETIMEDOUT" }));
      resolve(false);
    }, timeoutMs);
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      resolve(error === null);
    };
    try {
      session.ping(settle);
    } catch (error) {
      settle(error as Error); // closed by now
    }
  });
}
