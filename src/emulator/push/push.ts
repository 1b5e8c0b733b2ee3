import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { MovableClock } from "../../core/clock.ts";
import { RunpassError } from "../../core/errors.ts";
import type { RunServiceName } from "../../google/run-name.ts";
import { makeDeliveryId, manners, pushProducts } from "./products.ts";
import type { Delivery, PushProduct } from "./products.ts";

/** What `emulator.push` is to deliver. */
export interface PushOptions {
  /** Name of a service of the world, with `@REGION` where it is in several. */
  readonly service: string;
  /** Path with query. Default `/`. */
  readonly path?: string;
  /** Service account that it is sent as: e-mail, or the part before the `@`. */
  readonly account: string;
  readonly like: PushProduct;
  /** Default: as the product has it, the full URL for most. */
  readonly audience?: string;
  /** Base64 of what the message, job or task carries. Default: nothing. */
  readonly dataBase64?: string;
  /** How often it is tried. Default: as the product does, five times at most. */
  readonly attempts?: number;
  /** Moves the emulator's clock by the product's pauses. Default: waits a hundredth of them. */
  readonly moveClock?: boolean;
}

/** What was sent, and what came of it. There is no token in it but where the service answers with it, as the built-in echo does. */
export interface PushReport {
  readonly method: "POST";
  readonly url: string;
  /** E-mail. */
  readonly account: string;
  readonly audience: string;
  readonly body: string;
  readonly attempts: readonly PushAttempt[];
  /** Whether the last one was answered with a status of 2xx, which counts as delivered. */
  readonly delivered: boolean;
}

export interface PushAttempt {
  /** The product's own pause before it. */
  readonly backoffMs: number;
  /** As sent; `authorization` says what stood there. */
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly answer: string;
}

/** What {@link push} needs of the emulator. */
export interface PushContext {
  readonly clock: MovableClock;
  port(): number;
  findService(service: string, region?: string): RunServiceName;
  urlOf(service: RunServiceName): string;
  findAccount(emailOrId: string): string;
  idTokenOf(account: string, audience: string): Promise<string>;
}

/** How much shorter the pauses are. */
const shortening = 100;
/** How much of an answer is kept. */
const keptCharacters = 10_000;
const maxAttempts = 100;

/**
 * Calls a service as a product of Google's does, through the same front end as everyone.
 *
 * @throws {RunpassError} `not_found`, `ambiguous_target`, `invalid_argument`.
 */
export async function push(context: PushContext, options: PushOptions): Promise<PushReport> {
  const { like, path = "/", moveClock = false } = options;
  if (!pushProducts.includes(like)) throw wrong(`${JSON.stringify(like)} is none of ${pushProducts.join(", ")}`);
  if (!path.startsWith("/")) throw wrong("a path begins with /");
  const manner = manners[like];
  const { attempts: wanted = manner.attempts } = options;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > maxAttempts) {
    throw wrong(`the number of attempts must be from 1 to ${maxAttempts}`);
  }
  const [name = "", region] = options.service.split("@");
  const service = context.findService(name, region);
  const account = context.findAccount(options.account);
  const delivery: Delivery = {
    origin: context.urlOf(service),
    path,
    project: service.project,
    region: service.region,
    data: Buffer.from(options.dataBase64 ?? "", "base64"),
    sentMs: context.clock.nowMs(),
    id: makeDeliveryId(),
  };
  const audience = options.audience ?? manner.audience(delivery);
  const body = manner.body(delivery);
  const attempts: PushAttempt[] = [];
  for (let attempt = 0; attempt < wanted; attempt += 1) {
    const backoffMs = attempt === 0 ? 0 : Math.min(manner.minBackoffMs * 2 ** (attempt - 1), manner.maxBackoffMs);
    if (moveClock) context.clock.advanceMs(backoffMs);
    else await wait(Math.min(backoffMs / shortening, 1_000));
    const headers = manner.headers(delivery, attempt, attempts.at(-1)?.status);
    const token = await context.idTokenOf(account, audience); // a new one each time: the clock may have moved
    const { status, answer } = await send(
      context.port(),
      delivery,
      { ...headers, authorization: `Bearer ${token}` },
      body,
    );
    const shown = `Bearer [ID token of ${account} for ${audience}]`;
    attempts.push({ backoffMs, headers: { ...headers, authorization: shown }, status, answer });
    if (isDelivered(status)) break;
  }
  return {
    method: "POST",
    url: `${delivery.origin}${path}`,
    account,
    audience,
    body: body.toString("utf8"),
    attempts,
    delivered: isDelivered(attempts.at(-1)?.status ?? 0),
  };
}

async function send(
  port: number,
  { origin, path }: Delivery,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Promise<{ readonly status: number; readonly answer: string }> {
  // By its host on our own port: the same as through the proxy, without TLS in between.
  const outgoing = request({
    host: "127.0.0.1",
    port,
    method: "POST",
    path,
    headers: { host: new URL(origin).host, ...headers, "content-length": body.length },
    agent: false,
  });
  try {
    const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
    outgoing.end(body);
    const [incoming] = await answered;
    const chunks = (await incoming.toArray()) as Buffer[];
    const answer = Buffer.concat(chunks).toString("utf8").slice(0, keptCharacters);
    return { status: incoming.statusCode ?? 0, answer };
  } catch (error) {
    return { status: 0, answer: `The connection broke: ${(error as Error).message}` };
  }
}

function isDelivered(status: number): boolean {
  return status >= 200 && status < 300;
}

function wrong(why: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message: "This cannot be pushed", why });
}
