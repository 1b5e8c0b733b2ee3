import type { Context } from "../../src/core/context.ts";
import { silentLogger } from "../../src/core/context.ts";
import type { ApiClient } from "./api-client.ts";

/** What the client's rooms get, with the emulated APIs, without a server, as the network: as one user. */
export function contextOf(client: ApiClient, email: string): Context {
  return {
    environment: { variables: {}, homeDir: "/nonexistent", platform: "linux" },
    clock: client.clock,
    log: silentLogger,
    fetch: async (url, init) => {
      const body = typeof init?.body === "string" ? (JSON.parse(init.body) as object) : undefined;
      const answer = await client.as(email)(`${init?.method ?? "GET"} ${url.slice("https://".length)}`, body);
      return Response.json(answer.body, { status: answer.status });
    },
  };
}
