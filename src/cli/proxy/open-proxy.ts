import { readFile, stat } from "node:fs/promises";
import { readVariable } from "../../core/environment.ts";
import { RunpassError } from "../../core/errors.ts";
import { createConnector } from "../../http/connect.ts";
import type { ServerCertificate } from "../../http/tls.ts";
import { createProxy } from "../../proxy/create-proxy.ts";
import type { ListenOptions, Proxy } from "../../proxy/create-proxy.ts";
import type { ProxyEvent } from "../../proxy/events.ts";
import type { AuthHeader } from "../../proxy/request-fields.ts";
import type { ServiceOptions } from "../../proxy/service.ts";
import type { Invocation } from "../command.ts";
import { getServiceToken, locateService } from "../service-token.ts";
import type { Session } from "../session.ts";
import type { ProxyTarget } from "./read-targets.ts";

/** What {@link openProxy} needs besides the call itself. */
export interface OpenProxyOptions {
  readonly session: Session;
  readonly targets: readonly ProxyTarget[];
  readonly listen: readonly ListenOptions[];
  /** In the place of what `--secret` names. */
  readonly secret?: string;
  readonly onEvent: (event: ProxyEvent) => void;
}

/** Finds the services and starts a proxy to them, as the flags say. */
export async function openProxy(invocation: Invocation, options: OpenProxyOptions): Promise<Proxy> {
  const { settings, printer } = invocation;
  const { session, targets, listen, onEvent } = options;
  const { environment, clock } = session.context;
  const [services, secret, certificate] = await Promise.all([
    findServices(invocation, session, targets),
    options.secret ?? readSecret(invocation),
    readCertificate(invocation),
  ]);
  return createProxy({
    services,
    listen,
    connector: createConnector({ environment, ...session.network }),
    clock,
    onEvent,
    onError: (error) =>
      printer.log.warn(`a request failed inside runpass: ${error instanceof Error ? error.stack : String(error)}`),
    bind: settings.text("bind"),
    secret,
    corsOrigins: settings.list("cors").map(checkedOrigin),
    hosts: settings.list("allow-host"),
    certificate,
  });
}

/** Where each service is and how its tokens are got. */
export async function findServices(
  { settings }: Invocation,
  session: Session,
  targets: readonly ProxyTarget[],
): Promise<readonly ServiceOptions[]> {
  return Promise.all(
    targets.map(async ({ name, target }) => {
      const { origin, audience } = await locateService(session, settings, target);
      return {
        name,
        origin,
        fetchToken: async (isFresh: boolean) => getServiceToken(session, settings, async () => audience, isFresh),
        authHeader: (settings.text("auth-header") ?? "auto") as AuthHeader,
      };
    }),
  );
}

function checkedOrigin(text: string): string {
  if (URL.canParse(text) && /^https?:\/\/[^/]+$/i.test(text)) return new URL(text).origin;
  throw wrong(`${JSON.stringify(text)} is no origin`, "Give scheme, host and port: --cors http://localhost:3000");
}

const shortestSecret = 16;

async function readSecret({ settings, io, printer }: Invocation): Promise<string | undefined> {
  const source = settings.text("secret");
  if (source === undefined) return undefined;
  const variable = /^env:(.*)$/s.exec(source)?.[1];
  const secret =
    variable === undefined
      ? await readSecretFile(source, printer.log.warn)
      : readVariable(io.environment, variable)?.trim();
  if (secret !== undefined && secret.length >= shortestSecret && /^[\x21-\x7e]+$/.test(secret)) return secret;
  const what = variable === undefined ? `The file ${source}` : `The variable ${variable}`;
  throw wrong(`${what} holds no secret of ${shortestSecret} characters or more`, "Make one: openssl rand -hex 32");
}

async function readSecretFile(file: string, warn: (message: string) => void): Promise<string> {
  try {
    const [text, { mode }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    if ((mode & 0o077) !== 0 && process.platform !== "win32") warn(`${file} can be read by others; chmod 600 ${file}`);
    return text.trim();
  } catch (error) {
    throw wrong(`The secret's file ${file} cannot be read`, "Check --secret", (error as NodeJS.ErrnoException).code);
  }
}

async function readCertificate({ settings }: Invocation): Promise<ServerCertificate | undefined> {
  const [certFile, keyFile] = [settings.text("tls-cert"), settings.text("tls-key")];
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw wrong("TLS needs a certificate and its key", "Give both: --tls-cert FILE --tls-key FILE");
  }
  const [cert, key] = await Promise.all([certFile, keyFile].map(readPem));
  return { cert: cert as string, key: key as string };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw wrong(
      `The file ${file} cannot be read`,
      "Check --tls-cert and --tls-key",
      (error as NodeJS.ErrnoException).code,
    );
  }
}

function wrong(message: string, fix: string, why?: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
