import { guardRequest } from "../http/guard.ts";
import { createLocalServer } from "../http/server.ts";
import type { LocalServer } from "../http/server.ts";
import type { Proxy } from "./create-proxy.ts";
import type { Metrics } from "./metrics.ts";

/** What {@link createAdmin} needs. */
export interface AdminOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly proxy: Pick<Proxy, "services" | "openCount">;
  readonly metrics: Metrics;
}

/**
 * Serves `/metrics`, `/startup`, `/liveness` and `/readiness`. Ready is who has a token for each service, or has not been asked for
 * one yet.
 *
 * @throws {RunpassError} `address_in_use`.
 */
export async function createAdmin({ port, proxy, metrics }: AdminOptions): Promise<LocalServer> {
  return createLocalServer({
    port,
    onRequest: (request, response) => {
      const [status, body] = guardRequest(request) ? ([403, "refused\n"] as const) : answer(request.url ?? "/");
      response.statusCode = status;
      response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
      response.setHeader("content-length", Buffer.byteLength(body));
      if (request.method === "HEAD") response.end();
      else response.end(body);
    },
  });

  function answer(url: string): readonly [number, string] {
    switch (url.split("?", 1)[0]) {
      case "/metrics":
        return [200, metrics.format(proxy, Date.now())];
      case "/startup":
      case "/liveness":
        return [200, "ok\n"];
      case "/readiness": {
        const failed = proxy.services().filter(({ failure }) => failure !== undefined);
        if (failed.length === 0) return [200, "ok\n"];
        return [503, failed.map(({ name, failure }) => `${name}: ${failure?.message ?? ""}\n`).join("")];
      }
      default:
        return [404, "There are /metrics, /startup, /readiness and /liveness.\n"];
    }
  }
}
