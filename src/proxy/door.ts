import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { isSecure, parseAuthority, requestAuthority } from "../http/message.ts";
import type { HttpRequest, HttpResponse } from "../http/message.ts";
import { admit, isPreflight } from "./admit.ts";
import type { Admission, DoorRules } from "./admit.ts";
import { beginRecord, corsHeaders, exchange, exchangeUpgrade } from "./exchange.ts";
import type { ExchangeContext } from "./exchange.ts";
import type { LocalSecret } from "./local-secret.ts";
import type { OpenExchanges } from "./open-exchanges.ts";
import { secretPath, sendOwnAnswer, writeOwnAnswer } from "./own-answer.ts";
import type { OwnAnswer } from "./own-answer.ts";
import type { Service } from "./service.ts";

/** One port, or Unix socket, and the services behind it. */
export interface Door {
  readonly onRequest: (request: HttpRequest, response: HttpResponse) => Promise<void>;
  readonly onUpgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => Promise<void>;
  /** What came in here and is not over. */
  readonly open: OpenExchanges;
}

/** What {@link createDoor} needs. */
export interface DoorOptions {
  /** For requests that no service is found for. Asked anew for each request. */
  rules(): DoorRules;
  /** One: it gets every request. Several: each by its host, `NAME.localhost` or one of its own. Asked anew for each request. */
  services(): readonly Service[];
  readonly context: ExchangeContext;
}

/** Checks who comes, answers preflights, and leads every other request to its service. */
export function createDoor({ rules: commonRules, services, context }: DoorOptions): Door {
  return {
    open: context.open,

    onRequest: async (request, response) => {
      const service = findService(request);
      const rules = service?.rules ?? commonRules();
      const admission = admit(request, rules);
      if (!admission.isAdmitted) {
        const isForm = rules.secret !== undefined && request.url === secretPath && admission.status === 401;
        if (isForm && request.method === "POST") return answerSecretForm(request, response, rules.secret);
        sendOwnAnswer(request, response, refusal(admission));
        return beginRecord(request, undefined, context).end(admission.status, "refused", admission.reason);
      }
      if (isPreflight(request) && admission.corsOrigin !== undefined) {
        answerPreflight(request, response, admission.corsOrigin);
        return beginRecord(request, undefined, context).end(204, "local");
      }
      if (service !== undefined) return exchange(service, request, response, admission, context);
      sendOwnAnswer(request, response, noService());
      return beginRecord(request, undefined, context).end(404, "local", "no service has this host");
    },

    onUpgrade: async (request, socket, head) => {
      const service = findService(request);
      const admission = admit(request, service?.rules ?? commonRules());
      if (!admission.isAdmitted) {
        writeOwnAnswer(request, socket, refusal(admission));
        return beginRecord(request, undefined, context, "WebSocket").end(admission.status, "refused", admission.reason);
      }
      if (service !== undefined) return exchangeUpgrade(service, request, socket, head, admission, context);
      writeOwnAnswer(request, socket, noService());
      return beginRecord(request, undefined, context, "WebSocket").end(404, "local", "no service has this host");
    },
  };

  function findService(request: HttpRequest): Service | undefined {
    const all = services();
    if (all.length === 1) return all[0];
    const host = parseAuthority(requestAuthority(request))?.host ?? "";
    return all.find(({ name, hosts }) => host === `${name}.localhost` || hosts.has(host));
  }

  function noService(): OwnAnswer {
    const names = services().map(({ name }) => `http://${name}.localhost`);
    return {
      status: 404,
      code: "not_found",
      message: "Several services are behind this port, each under a host of its own",
      fix: `Use one of ${names.join(", ")}, with this port`,
    };
  }

  /** A person at a browser gives the secret once, and gets a cookie for it. */
  async function answerSecretForm(
    request: HttpRequest,
    response: HttpResponse,
    secret: LocalSecret | undefined,
  ): Promise<void> {
    const record = beginRecord(request, undefined, context);
    const given = new URLSearchParams(await readText(request, 8_192)).get("secret") ?? "";
    if (secret?.isSecret(given) === true) {
      response.statusCode = 303;
      response.setHeader("location", "/");
      response.setHeader("set-cookie", secret.cookie(isSecure(request)));
      response.setHeader("cache-control", "no-store");
      response.setHeader("content-length", 0);
      response.end();
      return record.end(303, "local");
    }
    sendOwnAnswer(request, response, {
      status: 401,
      code: "refused",
      message: "This is not the secret",
      hasSecretForm: true,
    });
    record.end(401, "refused", "the local secret is missing or wrong");
  }
}

function refusal({ status, reason, fix, corsOrigin }: Extract<Admission, { isAdmitted: false }>): OwnAnswer {
  return {
    status,
    code: "refused",
    message: `The proxy refused this request: ${reason}`,
    fix,
    rawHeaders: [
      ...(status === 401 ? ["WWW-Authenticate", 'Bearer realm="runpass proxy"'] : []),
      ...(corsOrigin === undefined ? [] : corsHeaders(corsOrigin)),
    ],
    hasSecretForm: status === 401,
  };
}

/** Cloud Run would refuse it with 403: a preflight carries no token, and a private service asks for one whatever the method. */
function answerPreflight(request: HttpRequest, response: HttpResponse, origin: string): void {
  const { "access-control-request-method": method = "GET", "access-control-request-headers": headers } =
    request.headers;
  response.statusCode = 204;
  const fields = [
    ...corsHeaders(origin),
    ...["Access-Control-Allow-Methods", method],
    ...(headers === undefined ? [] : ["Access-Control-Allow-Headers", headers]),
    ...(request.headers["access-control-request-private-network"] === "true"
      ? ["Access-Control-Allow-Private-Network", "true"]
      : []),
    ...["Access-Control-Max-Age", "600"],
  ];
  for (let index = 0; index < fields.length; index += 2) {
    response.setHeader(fields[index] as string, fields[index + 1] as string);
  }
  response.end();
  request.resume();
}

async function readText(request: HttpRequest, maxBytes: number): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += (chunk as Buffer).toString("latin1");
    if (text.length > maxBytes) return "";
  }
  return text;
}
