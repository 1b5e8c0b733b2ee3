import { chmod, lstat, rm } from "node:fs/promises";
import { connect } from "node:net";
import { RunpassError } from "../core/errors.ts";
import { createLocalServer } from "../http/server.ts";
import type { LocalServer, LocalServerOptions } from "../http/server.ts";
import type { Door } from "./door.ts";

/** Where a proxy listens, and for which services. */
export interface ListenOptions {
  /** A port, 0 for a free one, or the path of a Unix socket (0600). */
  readonly at: number | string;
  /** Where the port is taken, the next free one will do, out of a hundred. Default false. */
  readonly isSearching?: boolean | undefined;
  /** Names of services: one gets every request, several are told apart by host. */
  readonly services: readonly string[];
}

/** A place where a proxy listens. */
export interface ProxyDoor {
  /** `http://127.0.0.1:PORT`, with TLS `https:`, or `unix:PATH`. */
  readonly url: string;
  readonly port?: number | undefined;
  readonly services: readonly string[];
}

/** The ports and sockets of a proxy. */
export interface Listeners {
  /** In the order in which they were asked for. */
  list(): readonly ProxyDoor[];
  /**
   * Opens what is new, or nothing at all where one of it cannot be opened. What is asked for again stays as it is.
   *
   * @param host The address of the ports.
   * @returns what puts the new places into use, and tells which are left over, for their end.
   * @throws {RunpassError} `address_in_use`.
   */
  open(listen: readonly ListenOptions[], host: string): Promise<() => readonly Listener[]>;
  /** Those in use. */
  inUse(): readonly Listener[];
}

/** A server, and the door that its requests come to. */
export interface Listener {
  readonly server: LocalServer;
  readonly door: Door;
}

/** What {@link createListeners} needs. */
export interface ListenersOptions extends Omit<
  LocalServerOptions,
  "host" | "port" | "path" | "onRequest" | "onUpgrade"
> {
  /** What is behind a door whose services are those that `names` tells at the time. */
  doorFor(names: () => readonly string[]): Door;
}

interface PlacedListener extends Listener {
  readonly host: string;
  options: ListenOptions;
}

export function createListeners({ doorFor, ...serverOptions }: ListenersOptions): Listeners {
  let listeners: readonly PlacedListener[] = [];

  async function openOne(options: ListenOptions, host: string): Promise<PlacedListener> {
    const door = doorFor(() => listener.options.services);
    const { onRequest, onUpgrade } = door;
    const server = await listenAt(options, { ...serverOptions, host, onRequest, onUpgrade });
    const listener: PlacedListener = { options, host, server, door };
    return listener;
  }

  return {
    list: () =>
      listeners.map(({ server: { port, url }, options: { at, services } }) =>
        typeof at === "string" ? { url: `unix:${at}`, services } : { url, port, services },
      ),
    inUse: () => listeners,
    open: async (listen, host) => {
      const left = new Set(listeners);
      const opened: PlacedListener[] = [];
      const stopped: PlacedListener[] = [];
      const next: { readonly listener: PlacedListener; readonly options: ListenOptions }[] = [];
      try {
        for (const options of listen) {
          let listener = [...left].find((each) => isSame(each, options, host));
          if (listener) left.delete(listener);
          else {
            // A port that is open on one address cannot be opened on all of them.
            const inTheWay = [...left].filter(({ server }) => options.at !== 0 && server.port === options.at);
            for (const { server } of inTheWay) server.stopListening();
            stopped.push(...inTheWay);
            listener = await openOne(options, host);
            opened.push(listener);
          }
          next.push({ listener, options });
        }
      } catch (error) {
        await Promise.all(opened.map(({ server }) => server.close({ deadlineMs: 0 })));
        await Promise.all(stopped.map(({ server }) => server.listenAgain()));
        throw error;
      }
      return () => {
        for (const { listener, options } of next) listener.options = options;
        listeners = next.map(({ listener }) => listener);
        return [...left];
      };
    },
  };
}

function isSame({ options: { at, services }, host }: PlacedListener, other: ListenOptions, otherHost: string): boolean {
  if (at !== other.at || (typeof at === "number" && host !== otherHost)) return false;
  return at !== 0 || services.join() === other.services.join(); // a free port is another one for another service
}

async function listenAt(
  { at, isSearching = false }: ListenOptions,
  options: Omit<LocalServerOptions, "port">,
): Promise<LocalServer> {
  if (typeof at === "string") {
    try {
      await removeStale(at);
      const server = await createLocalServer({ ...options, port: 0, path: at });
      await chmod(at, 0o600);
      return server;
    } catch (error) {
      throw socketFailure(at, error instanceof RunpassError ? error.cause : error);
    }
  }
  for (let port = at; ; port++) {
    try {
      return await createLocalServer({ ...options, port });
    } catch (error) {
      const isTaken = error instanceof RunpassError && error.code === "address_in_use";
      if (!isTaken) throw error;
      if (!isSearching || port >= Math.min(at + 100, 65_535)) throw withSearch(error);
    }
  }
}

function socketFailure(path: string, cause: unknown): RunpassError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there, or the file is no socket",
    EACCES: "its folder does not exist, or may not be written to", // libuv says the one for the other
    EINVAL: "the path is too long for a socket",
  };
  return new RunpassError({
    code: code === "EADDRINUSE" ? "address_in_use" : "invalid_argument",
    message: `There can be no socket at ${path}`,
    why: reasons[code ?? ""] ?? message,
    fix: "Name another path",
    cause,
  });
}

function withSearch({ code, message, why }: RunpassError): RunpassError {
  const fix = "Stop it, or take another port: --port PORT, 0 for a free one, or --port-search for the next";
  return new RunpassError({ code, message, why, fix });
}

/** A Unix socket that nobody listens on is left by a process that was killed. */
async function removeStale(path: string): Promise<void> {
  const isStale = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
  });
  // A file that is no socket refuses connections too, and is somebody's.
  if (isStale && (await lstat(path)).isSocket()) await rm(path, { force: true });
}
