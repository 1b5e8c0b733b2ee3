import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { readVariable } from "../../core/environment.ts";
import { RunpassError } from "../../core/errors.ts";
import { createConnector } from "../../http/connect.ts";
import { lookupWithLoopback } from "../../http/loopback-lookup.ts";
import { noticeMoves } from "../../http/notice-moves.ts";
import type { ServerCertificate } from "../../http/tls.ts";
import { createProxy } from "../../proxy/create-proxy.ts";
import type { Proxy, ProxyPlan } from "../../proxy/create-proxy.ts";
import type { ProxyEvent, RequestEvent } from "../../proxy/events.ts";
import type { ListenOptions } from "../../proxy/listeners.ts";
import type { AuthHeader } from "../../proxy/request-fields.ts";
import type { ServiceOptions } from "../../proxy/service.ts";
import type { Invocation } from "../command-line/command.ts";
import { googleFlags } from "../command-line/flags.ts";
import type { FlagName } from "../command-line/flags.ts";
import { rememberRefusal } from "../last-refusal.ts";
import { getServiceToken, locateService } from "../service-token.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session.ts";
import type { Settings } from "../command-line/settings.ts";
import { createIdleCollector } from "./idle-collector.ts";
import type { ProxyTarget } from "./read-targets.ts";

/** What {@link planProxy} needs besides the call itself. */
export interface PlanOptions {
  readonly session: Session;
  readonly targets: readonly ProxyTarget[];
  readonly listen: readonly ListenOptions[];
  /** In the place of what `--secret` names. */
  readonly secret?: string;
}

/** Finds the services, and reads what the flags name: all that a proxy needs, or an error. */
export async function planProxy(invocation: Invocation, options: PlanOptions): Promise<ProxyPlan> {
  const { settings } = invocation;
  const { session, targets, listen } = options;
  const [services, secret, certificate] = await Promise.all([
    findServices(invocation, session, targets),
    options.secret ?? readSecret(invocation),
    readCertificate(invocation),
  ]);
  const [corsOrigins, hosts] = [settings.list("cors").map(checkedOrigin), settings.list("allow-host")];
  return { services, listen, bind: settings.text("bind"), secret, certificate, corsOrigins, hosts };
}

/** Starts a proxy to the services, as the flags say. */
export async function openProxy(
  invocation: Invocation,
  { onEvent, ...options }: PlanOptions & { readonly onEvent: (event: ProxyEvent) => void },
): Promise<Proxy> {
  const { printer } = invocation;
  const { session } = options;
  const { environment, clock } = session.context;
  const keepRefusal = refusalKeeper(invocation, options);
  const collector = createIdleCollector();
  return createProxy({
    ...(await planProxy(invocation, options)),
    connector: createConnector({
      environment,
      ...session.network,
      lookup: noticeMoves(lookupWithLoopback, (move) => onEvent({ type: "moved", ...move })),
    }),
    clock,
    onEvent: (event) => {
      if (event.type === "request") collector.used();
      if (event.type === "request" && event.isGoogleRefusal) keepRefusal(event);
      onEvent(event);
    },
    onError: (error) =>
      printer.log.warn(`a request failed inside runpass: ${error instanceof Error ? error.stack : String(error)}`),
  });
}

/** A file a second is enough to tell what was refused last. */
const betweenRefusalsMs = 1_000;

/** Keeps what Google refused last, for `runpass doctor`. */
function refusalKeeper({ settings }: Invocation, { session, targets }: PlanOptions): (event: RequestEvent) => void {
  let keptAtMs = Number.NEGATIVE_INFINITY;
  return ({ service, path, status }) => {
    const target = targets.find(({ name }) => name === service);
    const nowMs = session.context.clock.nowMs();
    if (!target || Math.abs(nowMs - keptAtMs) < betweenRefusalsMs) return;
    keptAtMs = nowMs;
    rememberRefusal(session.context, target.own?.settings ?? settings, {
      by: "proxy",
      target: target.text,
      path,
      status,
    });
  };
}

/** Where each service is and how its tokens are got. */
async function findServices(
  invocation: Invocation,
  session: Session,
  targets: readonly ProxyTarget[],
): Promise<readonly ServiceOptions[]> {
  const sessions = new Map<string, Session>();
  return Promise.all(
    targets.map(async ({ name, target, own }) => {
      const settings = own?.settings ?? invocation.settings;
      const itsSession = own === undefined ? session : sessionAs(own.settings);
      const { origin, audience } = await locateService(itsSession, settings, target);
      return {
        name,
        origin,
        fetchToken: async (isFresh: boolean) => getServiceToken(itsSession, settings, async () => audience, isFresh),
        authHeader: (settings.text("auth-header") ?? "auto") as AuthHeader,
        ...(own === undefined
          ? {}
          : { hosts: own.hosts, routes: own.routes, corsOrigins: settings.list("cors").map(checkedOrigin) }),
      };
    }),
  );

  /** One for all services with the same identity: it holds what they can share. */
  function sessionAs(settings: Settings): Session {
    const key = JSON.stringify(identityFlags.map((name) => [settings.has(name), settings.text(name)]));
    const known = sessions.get(key) ?? openSession({ ...invocation, settings });
    sessions.set(key, known);
    return known;
  }
}

const identityFlags: readonly FlagName[] = [
  ...googleFlags.filter((name) => name !== "show-gcloud"),
  "impersonate-service-account",
];

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
  const [cert = "", key = ""] = await Promise.all([certFile, keyFile].map(readPem));
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error); // OpenSSL's words, which hold nothing of the key
    throw wrong(
      `${certFile} and ${keyFile} cannot be used for TLS`,
      "Give a certificate and the key that it was made for",
      why,
    );
  }
  return { cert, key };
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
