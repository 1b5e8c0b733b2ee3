import { createLocalServer } from "../http/server.ts";
import { parseAuthority, requestAuthority } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";

/** Waits on this machine for the browser that comes back from a sign-in. Source: RFC 8252 §7.3. */
export interface RedirectServer extends AsyncDisposable {
  /** Where the browser is to be sent. */
  readonly redirectUri: string;
  /** The first answer that belongs to the sign-in. Others are turned away, and do not end the waiting. */
  readonly answer: Promise<RedirectAnswer>;
}

export interface RedirectAnswer {
  readonly query: URLSearchParams;
  /** Shows the browser how it ended: one sentence. */
  show(sentence: string, succeeded: boolean): void;
}

/**
 * Starts it on 127.0.0.1.
 *
 * @param port 0 takes a free one.
 * @param belongs Whether an answer is for this sign-in: any web page can send a browser here.
 * @throws {RunpassError} `address_in_use`
 */
export async function createRedirectServer(
  port: number,
  belongs: (query: URLSearchParams) => boolean,
): Promise<RedirectServer> {
  const { promise: answer, resolve } = Promise.withResolvers<RedirectAnswer>();
  let isAnswered = false;
  const server = await createLocalServer({
    port,
    onRequest: (request, response) => {
      const url = URL.parse(request.url ?? "", "http://127.0.0.1");
      if (!isOwnHost(request) || url?.pathname !== "/" || request.method !== "GET") {
        return send(response, 404, "Nothing is here.");
      }
      if (isAnswered || !belongs(url.searchParams)) {
        return send(response, 400, "This answer belongs to no sign-in that is waited for.");
      }
      isAnswered = true;
      const show: RedirectAnswer["show"] = (sentence, succeeded) => send(response, succeeded ? 200 : 400, sentence);
      return resolve({ query: url.searchParams, show });
    },
  });
  return {
    redirectUri: `http://127.0.0.1:${server.port}/`,
    answer,
    [Symbol.asyncDispose]: async () => {
      await server.close({ deadlineMs: 1_000 });
    },
  };
}

/** A page that found us by a name of its own (DNS rebinding) could read the answer. */
function isOwnHost(request: HttpRequest): boolean {
  const host = parseAuthority(requestAuthority(request))?.host;
  return host === "127.0.0.1" || host === "localhost";
}

const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function send(response: HttpResponse, status: number, sentence: string): void {
  const text = sentence.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  response.statusCode = status;
  for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
  response.end(
    `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>runpass</title>` +
      `<body style="font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem">` +
      `<h1>runpass</h1><p>${text}</p></body></html>`,
  );
}
