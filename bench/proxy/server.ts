/**
 * One of the servers that bench/proxy.ts compares, in a process of its own. Prints its address.
 *
 *     node bench/proxy/server.ts ROLE CERTIFICATE_FILE KEY_FILE [TARGET]
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { systemClock } from "../../src/core/clock.ts";
import { createConnector } from "../../src/http/connect.ts";
import { createProxy } from "../../src/proxy/create-proxy.ts";

const [role = "", certFile = "", keyFile = "", target = ""] = process.argv.slice(2);
const token = "eyJ".padEnd(900, "a");
const small = "Hello from a service that is not public.\n";
const large = Buffer.alloc(1024 * 1024, "a");

const answer: RequestListener = (request, response) => {
  if (request.url === "/stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("data: 1\n\n"); // and no end
    return;
  }
  const body = request.url === "/large" ? large : small;
  response.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(body) });
  response.end(body);
};
const pem = { cert: readFileSync(certFile), key: readFileSync(keyFile) };

switch (role) {
  case "plain-backend":
    listen(createServer(answer), "http");
    break;
  case "tls-backend-h1":
    listen(createTlsServer(pem, answer), "https");
    break;
  case "tls-backend-h2":
    listen(createSecureServer({ ...pem, allowHTTP1: true }, answer as never), "https");
    break;
  case "runpass":
  case "runpass-tls": {
    const environment = {
      variables: { NODE_EXTRA_CA_CERTS: certFile },
      homeDir: "/nonexistent",
      platform: process.platform,
    };
    const proxy = await createProxy({
      services: [
        {
          name: "service",
          origin: target,
          fetchToken: async () => ({ token, audience: target, expiresAtMs: Date.now() + 3_600_000, source: "minted" }),
        },
      ],
      listen: [{ at: 0, services: ["service"] }],
      connector: createConnector({ environment }),
      clock: systemClock,
      certificate: role === "runpass-tls" ? { cert: String(pem.cert), key: String(pem.key) } : undefined,
      onEvent: () => {},
      onError: (error) => console.error(error),
    });
    console.log(proxy.doors[0]?.url);
    break;
  }
  case "undici": {
    const { Pool } = await import("undici");
    const pool = new Pool(target, { connections: 64, connect: { ca: pem.cert } });
    listen(
      createServer((request, response) => {
        const { method = "GET", url = "/" } = request;
        const headers = { ...request.headers, host: new URL(target).host, authorization: `Bearer ${token}` };
        delete (headers as Record<string, unknown>)["connection"];
        pool
          .stream(
            { method, path: url, headers, body: method === "GET" ? null : request, opaque: response },
            ({ statusCode, headers: fields }) => {
              response.writeHead(statusCode, fields);
              return response;
            },
          )
          .catch(() => response.destroy());
      }),
      "http",
    );
    break;
  }
  case "http-proxy-3": {
    const { createProxyServer } = await import("http-proxy-3");
    const { Agent } = await import("node:https");
    const proxy = createProxyServer({
      target,
      changeOrigin: true,
      headers: { authorization: `Bearer ${token}` },
      agent: new Agent({ keepAlive: true, ca: pem.cert }),
    });
    listen(
      createServer((request, response) => proxy.web(request, response)),
      "http",
    );
    break;
  }
  default:
    throw new Error(`there is no ${role}`);
}

function listen(server: Server, scheme: "http" | "https"): void {
  // Connections wait while others are measured.
  Object.assign(server, { keepAliveTimeout: 600_000 });
  server.listen(0, "127.0.0.1", () => console.log(`${scheme}://localhost:${(server.address() as AddressInfo).port}`));
}
