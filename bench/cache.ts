import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { command } from "./command.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

/** Processes that ask for the same token at once, on a cache that holds none, against as many that do nothing at all. */
export async function benchSharedCache(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [count, rounds] of [
    [1, 11],
    [10, 5],
    [100, 3],
  ] as const) {
    const bareMs: number[] = [];
    const tokenMs: number[] = [];
    const requests: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      bareMs.push(await timeAll(count, () => spawn(process.execPath, ["-e", "0"], { stdio: "ignore" })));
      const world = await createWorld();
      tokenMs.push(await timeAll(count, world.startToken));
      requests.push(world.requests());
      await world.close();
    }
    const processes = count === 1 ? "1 process" : `${count} processes`;
    rows.push(
      {
        subject: `${processes}, one empty cache`,
        baseline: `${count} × node -e 0`,
        unit: "ms",
        value: median(tokenMs),
        baselineValue: median(bareMs),
      },
      {
        subject: `${processes}, requests made`,
        unit: "requests",
        value: Math.max(...requests),
        goal: { of: "value", atMost: 1 },
      },
    );
  }
  return rows;
}

interface World {
  startToken(): ChildProcess;
  requests(): number;
  close(): Promise<void>;
}

/** A login, a token endpoint that answers at once, and a cache with nothing in it. */
async function createWorld(): Promise<World> {
  const directory = mkdtempSync(path.join(tmpdir(), "runpass-bench-"));
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    requests += 1;
    const exp = Math.floor(Date.now() / 1000) + 3600;
    const parts = [{ alg: "RS256" }, { aud: "client", exp }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    response.end(JSON.stringify({ access_token: "a", expires_in: 3599, id_token: `${parts.join(".")}.c2ln` }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const tokenUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
  const key = {
    type: "authorized_user",
    client_id: "client",
    client_secret: "s",
    refresh_token: "r",
    token_uri: tokenUri,
  };
  writeFileSync(path.join(directory, "key.json"), JSON.stringify(key));
  const env = {
    PATH: process.env["PATH"],
    HOME: directory,
    RUNPASS_CREDENTIALS: path.join(directory, "key.json"),
    RUNPASS_CACHE_DIR: path.join(directory, "cache"),
  };
  return {
    startToken: () => spawn(process.execPath, [command, "token"], { env, stdio: "ignore" }),
    requests: () => requests,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      rmSync(directory, { recursive: true });
    },
  };
}

async function timeAll(count: number, start: () => ChildProcess): Promise<number> {
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const [code] = (await once(start(), "close")) as [number];
      if (code !== 0) throw new Error(`a process ended with ${code}`);
    }),
  );
  return performance.now() - startMs;
}
