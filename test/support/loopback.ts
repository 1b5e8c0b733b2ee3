import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** An HTTP/1 server on a free port, to stand behind what is tested. */
export interface Backend extends AsyncDisposable {
  readonly url: URL;
  readonly server: Server;
}

/** Starts a backend. Its connections are cut when it is disposed of. */
export async function startBackend(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Backend> {
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    server,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Connects to a port of this machine. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

/** Sends `text` and returns all that comes back until the server closes the connection. */
export async function exchange(socket: Socket | number, text: string): Promise<string> {
  const open = typeof socket === "number" ? await openSocket(socket) : socket;
  open.write(text, "latin1");
  return readToEnd(open);
}

/** All that a socket brings until it is closed, by a reset too. */
export function readToEnd(socket: NodeJS.ReadableStream & { destroyed?: boolean }): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
    socket.on("error", () => {}); // a reset is an end too
    socket.once("close", () => resolve(received));
    socket.resume();
  });
}

/** What a socket brings until it holds `mark`. */
export function readUntil(socket: Socket, mark: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const onData = (chunk: Buffer): void => {
      received += chunk.toString("latin1");
      if (!received.includes(mark)) return;
      socket.off("data", onData);
      socket.off("close", onClose);
      resolve(received);
    };
    const onClose = (): void =>
      reject(new Error(`closed before ${JSON.stringify(mark)}, after ${JSON.stringify(received)}`));
    socket.on("data", onData);
    socket.once("close", onClose);
  });
}

/** How a child process ended. */
export interface ChildResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Exit code of a program that could not be started, as shells have it. */
export const notStarted = 127;

/** Runs a program with nothing of this process's proxy settings. Never rejects for an exit code. */
export function run(
  file: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<ChildResult> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...variables };
  return new Promise((resolve) => {
    execFile(file, [...args], { env, maxBuffer: 1 << 26, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? 1); // none where it ran out of time
      resolve({ code: typeof code === "number" ? code : notStarted, stdout, stderr });
    });
  });
}

/** Runs curl, silent but for errors. */
export function curl(...args: readonly string[]): Promise<ChildResult> {
  return run("curl", ["--silent", "--show-error", "--max-time", "15", ...args]);
}
