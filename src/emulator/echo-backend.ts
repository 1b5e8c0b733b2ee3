import { headersToObject } from "../http/headers.ts";

/** How much of a request's body the echo repeats. */
const repeatedBytes = 1024 * 1024;

/** What the built-in backend saw: the answer's JSON. */
export interface Echo {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  /** Names in lower case; a header that came several times is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The body as text, or absent where it is no UTF-8. */
  readonly body?: string;
  readonly bodyBase64?: string;
  readonly bodyBytes: number;
  /** Whether the body was longer than what is repeated here. */
  readonly bodyTruncated: boolean;
}

/**
 * The built-in backend: answers with what a container would have received, in process.
 *
 * @param rawHeaders Names and values in turn, as the front end passes them on.
 */
export async function echo(
  request: { readonly method: string; readonly url: string; readonly rawHeaders: readonly string[] },
  body: AsyncIterable<Buffer>,
): Promise<Echo> {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let bodyBytes = 0;
  for await (const chunk of body) {
    const part = chunk.subarray(0, repeatedBytes - keptBytes);
    if (part.length > 0) kept.push(part);
    keptBytes += part.length;
    bodyBytes += chunk.length;
  }
  return {
    method: request.method,
    url: request.url,
    headers: { ...headersToObject(request.rawHeaders) },
    ...describeBody(Buffer.concat(kept)),
    bodyBytes,
    bodyTruncated: bodyBytes > keptBytes,
  };
}

function describeBody(bytes: Buffer): { body: string } | { bodyBase64: string } {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { bodyBase64: bytes.toString("base64") }; // no UTF-8
  }
}
