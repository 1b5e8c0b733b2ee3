import { bodyFollows } from "../http/forward-request.ts";
import type { HttpRequest } from "../http/message.ts";

/** Bodies up to this are kept until the answer comes, so that they can be sent again. */
const keptBytes = 65_536;

/** A request's body, as far as it can be sent once more. */
export interface SmallBody {
  /** Whether it can, by now. */
  canReplay(): boolean;
  /** The bytes, or `undefined` where there is no body. */
  replay(): Buffer | undefined;
}

/** Keeps a small body while it is streamed on. */
export function keepSmallBody(request: HttpRequest): SmallBody {
  if (!bodyFollows(request)) return { canReplay: () => true, replay: () => undefined };
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  // Whoever waits for `100 Continue` reads no sooner than the service does.
  if (!(length <= keptBytes) || request.headers.expect !== undefined) {
    return { canReplay: () => false, replay: () => undefined };
  }
  const chunks: Buffer[] = [];
  const { push } = request;
  request.push = (chunk: unknown, encoding) => {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    return push.call(request, chunk, encoding);
  };
  return {
    canReplay: () => request.complete || chunks.reduce((sum, chunk) => sum + chunk.length, 0) === length,
    replay: () => Buffer.concat(chunks),
  };
}
