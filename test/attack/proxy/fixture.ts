import { after, before } from "node:test";
import type { IncomingMessage } from "node:http";
import type { Backend } from "../../support/loopback.ts";
import { exchange, startBackend } from "../../support/loopback.ts";
import { startProxy } from "../../support/proxy.ts";
import type { ProxySubject, ProxySubjectOptions } from "../../support/proxy.ts";

/** What one attack is tried on. */
export interface Victim {
  readonly subject: ProxySubject;
  /** What reached the service's backend, in order. */
  readonly seen: readonly {
    readonly url: string;
    readonly headers: IncomingMessage["headers"];
    readonly rawHeaders: readonly string[];
    readonly body: string;
  }[];
  /** Sends bytes as they are and returns what comes back until the connection closes. */
  send(text: string): Promise<string>;
}

/** A proxy to a service that notes what it gets, for one file's tests. */
export function victim(options: ProxySubjectOptions = {}): Victim {
  const seen: { url: string; headers: IncomingMessage["headers"]; rawHeaders: string[]; body: string }[] = [];
  let backend: Backend;
  let subject: ProxySubject;
  before(async () => {
    backend = await startBackend((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      request.on("end", () => {
        seen.push({ url: request.url ?? "", headers: request.headers, rawHeaders: request.rawHeaders, body });
        response.end("served");
      });
    });
    subject = await startProxy({ backend: backend.url.href, ...options });
  });
  after(async () => {
    await subject[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });
  return {
    get subject() {
      return subject;
    },
    seen,
    send: (text) => exchange(subject.port, text),
  };
}

/** The status of the first answer in what came back; 0 where none did. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}
