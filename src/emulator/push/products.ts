import { randomInt } from "node:crypto";

/** Products that call a service with an ID token of a service account. */
export type PushProduct = "pubsub" | "scheduler" | "tasks" | "eventarc";

export const pushProducts: readonly PushProduct[] = ["pubsub", "scheduler", "tasks", "eventarc"];

/** What is to be delivered. */
export interface Delivery {
  /** The service's own address. */
  readonly origin: string;
  /** Path with query: what is called is `origin` and this. */
  readonly path: string;
  readonly project: string;
  readonly region: string;
  readonly data: Buffer;
  /** The emulator's time when it was sent off. */
  readonly sentMs: number;
  /** An id that stays the same over all attempts. */
  readonly id: string;
}

/** One product's manner. */
export interface Manner {
  /** The audience of its tokens where none is configured. */
  audience(delivery: Delivery): string;
  /** Headers but for `Authorization` and framing. `attempt` counts from 0; `status` is what the last one got. */
  headers(delivery: Delivery, attempt: number, status: number | undefined): Readonly<Record<string, string>>;
  body(delivery: Delivery): Buffer;
  /** How many attempts it makes where nobody configured that, at most as many as make sense here. */
  readonly attempts: number;
  /** The pause before an attempt, doubled from the first on. */
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

const name = "runpass";

/**
 * Requests as the products send them, with tokens whose audience defaults as theirs. What is not documented, as the values of
 * `User-Agent`, is a guess. Sources: Pub/Sub, "Push subscriptions" and "Authentication for push subscriptions"; Cloud Scheduler,
 * "Create HTTP target cron jobs"; Cloud Tasks, "Create HTTP target tasks"; Eventarc, "Event format", "Retry events".
 */
export const manners: Readonly<Record<PushProduct, Manner>> = {
  pubsub: {
    audience: fullUrl,
    headers: () => ({ "content-type": "application/json", "user-agent": "CloudPubSub-Google" }),
    body: formatMessage,
    attempts: 5,
    minBackoffMs: 100,
    maxBackoffMs: 60_000,
  },
  scheduler: {
    audience: fullUrl,
    headers: ({ sentMs, data }) => ({
      ...(data.length > 0 ? { "content-type": "application/octet-stream" } : {}),
      "user-agent": "Google-Cloud-Scheduler",
      "x-cloudscheduler": "true",
      "x-cloudscheduler-jobname": name,
      "x-cloudscheduler-scheduletime": new Date(sentMs).toISOString(),
    }),
    body: ({ data }) => data,
    attempts: 1, // jobs are not retried unless configured
    minBackoffMs: 5_000,
    maxBackoffMs: 3_600_000,
  },
  tasks: {
    audience: fullUrl,
    headers: ({ id, sentMs, data }, attempt, status) => ({
      ...(data.length > 0 ? { "content-type": "application/octet-stream" } : {}),
      "user-agent": "Google-Cloud-Tasks",
      "x-cloudtasks-queuename": name,
      "x-cloudtasks-taskname": id,
      "x-cloudtasks-taskretrycount": String(attempt),
      "x-cloudtasks-taskexecutioncount": String(attempt),
      "x-cloudtasks-tasketa": (sentMs / 1000).toFixed(6),
      ...(status === undefined ? {} : { "x-cloudtasks-taskpreviousresponse": String(status) }),
    }),
    body: ({ data }) => data,
    attempts: 5,
    minBackoffMs: 100,
    maxBackoffMs: 3_600_000,
  },
  eventarc: {
    audience: ({ origin }) => origin, // a guess: no default is published
    headers: ({ id, sentMs, project }) => ({
      "content-type": "application/json",
      "user-agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
      "ce-id": id,
      "ce-source": `//pubsub.googleapis.com/projects/${project}/topics/${name}`,
      "ce-specversion": "1.0",
      "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
      "ce-time": new Date(sentMs).toISOString(),
    }),
    body: formatMessage,
    attempts: 5,
    minBackoffMs: 10_000,
    maxBackoffMs: 600_000,
  },
};

/** A delivery's id: digits, as Pub/Sub's and Cloud Tasks' are. */
export function makeDeliveryId(): string {
  return String(randomInt(1e14, 2 ** 47));
}

function fullUrl({ origin, path }: Delivery): string {
  return `${origin}${path}`;
}

/** A Pub/Sub message as it is pushed. Both spellings are sent. */
function formatMessage({ data, id, sentMs, project }: Delivery): Buffer {
  const time = new Date(sentMs).toISOString();
  const message = {
    data: data.toString("base64"),
    messageId: id,
    message_id: id,
    publishTime: time,
    publish_time: time,
  };
  return Buffer.from(JSON.stringify({ message, subscription: `projects/${project}/subscriptions/${name}` }));
}
