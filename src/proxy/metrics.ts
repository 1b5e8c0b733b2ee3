import type { Proxy } from "./create-proxy.ts";
import type { ProxyEvent, RequestEvent } from "./events.ts";

/** Upper bounds of the histogram's buckets, in seconds: those of Prometheus' own client libraries, and longer for streams. */
const bucketSeconds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600];

/** Counts what a proxy tells. */
export interface Metrics {
  count(event: ProxyEvent): void;
  /** Prometheus' text format, version 0.0.4. */
  format(proxy: Pick<Proxy, "services" | "openCount">, nowMs: number): string;
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const durations = new Map<string, { readonly buckets: number[]; sum: number; count: number }>();
  const renewals = new Map<string, number>();
  const failures = new Map<string, number>();
  let wakes = 0;

  function countRequest({ service = "", status, outcome, durationMs }: RequestEvent): void {
    add(requests, labels({ service, status: String(status), outcome }));
    const key = labels({ service });
    const seen = durations.get(key) ?? { buckets: bucketSeconds.map(() => 0), sum: 0, count: 0 };
    durations.set(key, seen);
    const seconds = durationMs / 1_000;
    for (const [index, bound] of bucketSeconds.entries()) if (seconds <= bound) seen.buckets[index]! += 1;
    seen.sum += seconds;
    seen.count += 1;
  }

  return {
    count: (event) => {
      if (event.type === "request") countRequest(event);
      else if (event.type === "token") add(renewals, labels({ service: event.service }));
      else if (event.type === "token_failed") add(failures, labels({ service: event.service, code: event.code }));
      else if (event.type === "woke") wakes += 1;
    },
    format: (proxy, nowMs) => {
      const expiries = proxy
        .services()
        .flatMap(({ name, expiresAtMs }) =>
          expiresAtMs === undefined ? [] : [[labels({ service: name }), (expiresAtMs - nowMs) / 1_000] as const],
        );
      return [
        ...family("runpass_proxy_requests_total", "counter", "Requests that are over.", requests),
        ...histogram("runpass_proxy_request_duration_seconds", "From a request's head to its answer's end.", durations),
        ...family("runpass_proxy_open_requests", "gauge", "Requests and streams that are open.", [
          ["", proxy.openCount()],
        ]),
        ...family("runpass_proxy_tokens_total", "counter", "Tokens that were taken into use.", renewals),
        ...family("runpass_proxy_token_failures_total", "counter", "Tokens that could not be had.", failures),
        ...family("runpass_proxy_token_expires_seconds", "gauge", "Until the token at hand ends.", expiries),
        ...family("runpass_proxy_wakes_total", "counter", "Jumps of the clock.", [["", wakes]]),
        ...family("process_resident_memory_bytes", "gauge", "Memory of this process.", [
          ["", process.memoryUsage.rss()],
        ]),
        "",
      ].join("\n");
    },
  };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function labels(pairs: Readonly<Record<string, string>>): string {
  const parts = Object.entries(pairs).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, "_")}"`);
  return `{${parts.join(",")}}`;
}

function family(name: string, type: string, help: string, samples: Iterable<readonly [string, number]>): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...[...samples].map(([key, value]) => `${name}${key} ${value}`),
  ];
}

function histogram(
  name: string,
  help: string,
  seen: ReadonlyMap<string, { readonly buckets: readonly number[]; readonly sum: number; readonly count: number }>,
): string[] {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const [key, { buckets, sum, count }] of seen) {
    const inner = key.slice(1, -1);
    for (const [index, bound] of bucketSeconds.entries())
      lines.push(`${name}_bucket{${inner},le="${bound}"} ${buckets[index]}`);
    lines.push(
      `${name}_bucket{${inner},le="+Inf"} ${count}`,
      `${name}_sum${key} ${sum}`,
      `${name}_count${key} ${count}`,
    );
  }
  return lines;
}
