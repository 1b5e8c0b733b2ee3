import type { Socket } from "node:net";
import { createSecureContext, createServer } from "node:tls";
import type { Server, TLSSocket } from "node:tls";

/** A certificate and its key, both PEM: as node:tls names them. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The certificate for a host, which is empty where a client names none, as for an IP address; `undefined` where there is none. */
export type CertificateLookup = (
  host: string,
) => ServerCertificate | undefined | Promise<ServerCertificate | undefined>;

/** What {@link createTlsAcceptor} needs. */
export interface TlsAcceptorOptions {
  readonly certificateFor: CertificateLookup;
  /** How long a handshake may take. */
  readonly handshakeTimeoutMs: number;
  readonly onSecure: (socket: TLSSocket) => void;
  /** Told when `certificateFor` fails. */
  readonly onError: (error: unknown) => void;
}

/** Takes the server's part in a handshake. `defaultHost` is the host for clients that name none in TLS. */
export type TlsAcceptor = (socket: Socket, defaultHost: string | undefined) => Promise<void>;

/** Any host under a domain can be asked for, so the cache has a limit. */
const cachedHosts = 200;

/**
 * Makes a function that serves TLS on accepted sockets and offers HTTP/2 and HTTP/1.1. Where a handshake fails the connection
 * is closed, and the client reports why.
 */
export function createTlsAcceptor(options: TlsAcceptorOptions): TlsAcceptor {
  // node:tls takes a certificate for clients without SNI from the server alone: so one server a host, none of which listens.
  const servers = new Map<string, { readonly certificate: ServerCertificate | undefined; readonly server: Server }>();

  return async (socket, defaultHost) => {
    try {
      const server = await serverFor(defaultHost ?? "");
      if (!socket.destroyed) server.emit("connection", socket);
    } catch (error) {
      options.onError(error);
      socket.destroy();
    }
  };

  async function serverFor(host: string): Promise<Server> {
    const certificate = await options.certificateFor(host); // another one, where it has been renewed
    const known = servers.get(host);
    if (known !== undefined && known.certificate === certificate) return known.server;
    if (servers.size >= cachedHosts) servers.clear();
    const server = makeServer(host, certificate);
    servers.set(host, { certificate, server });
    return server;
  }

  function makeServer(host: string, certificate: ServerCertificate | undefined): Server {
    const server = createServer({
      ...certificate,
      ALPNProtocols: ["h2", "http/1.1", "http/1.0"],
      handshakeTimeout: options.handshakeTimeoutMs,
      SNICallback: (name, done) => {
        if (name === host) return done(null);
        contextFor(name).then(
          (context) => done(null, context),
          (error: unknown) => {
            options.onError(error);
            done(new Error("no certificate"));
          },
        );
      },
    });
    server.on("secureConnection", (socket) => {
      socket.on("error", () => socket.destroy()); // a peer that resets its connection
      options.onSecure(socket);
    });
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return server;
  }

  async function contextFor(name: string): Promise<ReturnType<typeof createSecureContext> | undefined> {
    const certificate = await options.certificateFor(name);
    return certificate && createSecureContext({ ...certificate });
  }
}
