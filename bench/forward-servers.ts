/** Worker of bench/forward.ts: one of the servers that are compared, on an event loop of its own. Posts its address. */
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { createEmulator } from "../src/emulator/create-emulator.ts";
import { defaultWorld } from "../src/emulator/world/world.ts";

/** Which server to be. */
export type ServerRole =
  | { readonly name: "backend" }
  | { readonly name: "forwarder" | "emulator"; readonly backend: string };

/** Where it listens, and what a child process needs to get tokens from the emulator. */
export interface ServerAddress {
  readonly url: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const role = workerData as ServerRole;
const answer = "Hello from a service that is not public.\n";

if (role.name === "backend") {
  listen(createServer((_request, response) => response.end(answer)));
} else if (role.name === "forwarder") {
  // What anybody would write with Node.js in ten lines.
  const agent = new Agent({ keepAlive: true });
  listen(
    createServer((incoming, response) => {
      const { method, url, headers } = incoming;
      const outgoing = request(`${role.backend}${url}`, { agent, method, headers }, (upstream) => {
        response.writeHead(upstream.statusCode ?? 502, upstream.headers);
        upstream.pipe(response);
      });
      incoming.pipe(outgoing);
    }),
  );
} else {
  const emulator = await createEmulator({
    ...defaultWorld,
    services: [
      {
        name: "my-service",
        project: "demo-project",
        region: "us-central1",
        backend: role.backend,
        bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com"] }],
      },
    ],
  });
  post({ url: emulator.localUrl("my-service"), environment: await emulator.prepareEnvironment() });
}

function listen(server: ReturnType<typeof createServer>): void {
  server.listen(0, "127.0.0.1", () => post({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
}

function post(address: ServerAddress): void {
  parentPort?.postMessage(address);
}
