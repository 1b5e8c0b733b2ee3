import { randomBytes } from "node:crypto";

/**
 * Adds what Google's front end tells a backend about the client: X-Forwarded-For, X-Forwarded-Proto, Forwarded, and a trace
 * context. What the client itself sent of the first and third stays in front; its trace goes on. Call it last, after the
 * headers of one connection are taken away, else a client could take these away too.
 * As seen on dumps of requests that reached Cloud Run and App Engine; what becomes of the client's own values is a guess.
 *
 * @param rawHeaders Names and values in turn.
 * @param clientAddress The client's IP address.
 */
export function addForwardedHeaders(rawHeaders: readonly string[], clientAddress: string): string[] {
  const replaced = new Map<string, string[]>(
    ["x-forwarded-for", "x-forwarded-proto", "forwarded", "traceparent", "x-cloud-trace-context"].map((name) => [
      name,
      [],
    ]),
  );
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [header, value] = [rawHeaders[index] as string, rawHeaders[index + 1] as string];
    const values = replaced.get(header.toLowerCase());
    if (values) values.push(value);
    else headers.push(header, value);
  }
  const sent = (name: string): readonly string[] => replaced.get(name) ?? [];
  const node = clientAddress.includes(":") ? `[${clientAddress}]` : clientAddress; // RFC 7239 §6
  headers.push("X-Forwarded-For", [...sent("x-forwarded-for"), clientAddress].join(", "));
  headers.push("X-Forwarded-Proto", "https");
  headers.push("Forwarded", [...sent("forwarded"), `for="${node}";proto=https`].join(", "));
  const trace = readTrace(sent("traceparent"), sent("x-cloud-trace-context"));
  headers.push("X-Cloud-Trace-Context", `${trace}/${randomBytes(8).readBigUInt64BE()};o=1`);
  headers.push("Traceparent", `00-${trace}-${randomBytes(8).toString("hex")}-01`);
  return headers;
}

/** The client's trace id where it sent one, else a new one. */
function readTrace([traceparent = ""]: readonly string[], [cloudTrace = ""]: readonly string[]): string {
  return (
    /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent)?.[1] ??
    /^([\da-f]{32})\//.exec(cloudTrace)?.[1] ??
    randomBytes(16).toString("hex")
  );
}
