import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fetch } from "../core/context.ts";
import { retrying } from "./retry.ts";
import type { RetryTiming } from "./retry.ts";

const api = "https://iam.googleapis.com/v1/projects/p";
const nowMs = Date.UTC(2026, 0, 1);

interface Script {
  readonly fetch: Fetch;
  readonly waitsMs: readonly number[];
  calls: number;
}

/** A `fetch` that gives these outcomes in turn, the last for ever, and what was waited in between. */
function scripted(...outcomes: readonly (Response | Error)[]): Script {
  const waitsMs: number[] = [];
  const send: Fetch = async () => {
    const outcome = outcomes[Math.min(script.calls++, outcomes.length - 1)]!;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const timing: RetryTiming = {
    wait: async (delayMs, signal) => {
      signal?.throwIfAborted();
      waitsMs.push(delayMs);
    },
    random: () => 0.5,
    nowMs: () => nowMs,
  };
  const script: Script = { waitsMs, calls: 0, fetch: retrying(send, timing) };
  return script;
}

const status = (code: number, headers: Record<string, string> = {}): Response =>
  new Response(code === 204 ? null : "{}", { status: code, headers });
const lost = (code: string): Error => new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });

test("a passing failure is tried again with growing pauses", async () => {
  const script = scripted(status(503), lost("ECONNRESET"), status(500), status(200));
  assert.equal((await script.fetch(api)).status, 200);
  assert.deepEqual(script.waitsMs, [250, 500, 1000]);
});

test("after four attempts the last failure is handed on", async () => {
  const answers = scripted(status(503));
  assert.equal((await answers.fetch(api)).status, 503);
  assert.equal(answers.calls, 4);
  const losses = scripted(lost("ECONNREFUSED"));
  await assert.rejects(losses.fetch(api), TypeError);
  assert.equal(losses.calls, 4);
});

test("what will not pass is not tried again", async () => {
  for (const outcome of [status(400), status(401), status(403), status(404), status(409), status(501), status(302)]) {
    const script = scripted(outcome);
    assert.equal((await script.fetch(api)).status, outcome.status);
    assert.equal(script.calls, 1);
  }
  for (const error of [lost("ENOTFOUND"), lost("DEPTH_ZERO_SELF_SIGNED_CERT"), new DOMException("x", "AbortError")]) {
    const script = scripted(error);
    await assert.rejects(script.fetch(api), error);
    assert.equal(script.calls, 1);
  }
});

test("a POST is repeated only where that is safe", async () => {
  const table: readonly [url: string, calls: number][] = [
    ["https://oauth2.googleapis.com/token", 2],
    ["https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a%40b:generateIdToken", 2],
    [`${api}:getIamPolicy?alt=json`, 2],
    [`${api}:setIamPolicy`, 1],
    [`${api}/serviceAccounts`, 1],
  ];
  for (const [url, calls] of table) {
    const script = scripted(status(503), status(200));
    await script.fetch(url, { method: "POST", body: "x" });
    assert.equal(script.calls, calls, url);
  }
});

test("429 is tried again whatever the method, but a stream cannot be sent twice", async () => {
  const script = scripted(status(429), status(200));
  assert.equal((await script.fetch(`${api}:setIamPolicy`, { method: "POST", body: "{}" })).status, 200);
  const stream = scripted(status(429), status(200));
  assert.equal((await stream.fetch(api, { method: "PUT", body: new Blob(["x"]).stream() })).status, 429);
});

test("retry-after is honoured in seconds and as a date, within bounds", async () => {
  const seconds = scripted(status(429, { "retry-after": "7" }), status(200));
  await seconds.fetch(api);
  assert.deepEqual(seconds.waitsMs, [7000]);
  const date = scripted(status(503, { "retry-after": new Date(nowMs + 9000).toUTCString() }), status(200));
  await date.fetch(api);
  assert.deepEqual(date.waitsMs, [9000]);
  const tooLong = scripted(status(429, { "retry-after": "3600" }), status(200));
  assert.equal((await tooLong.fetch(api)).status, 429);
  const nonsense = scripted(status(429, { "retry-after": "soon" }), status(200));
  assert.equal((await nonsense.fetch(api)).status, 200);
});

test("an abort ends the waiting", async () => {
  const script = scripted(status(503));
  await assert.rejects(script.fetch(api, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  assert.equal(script.calls, 1);
});

test("an answer that breaks off is asked for again", async () => {
  const broken = new Response(
    new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"half'));
        controller.error(lost("ECONNRESET"));
      },
    }),
  );
  const script = scripted(broken, new Response('{"whole":true}'));
  assert.deepEqual(await (await script.fetch(api)).json(), { whole: true });
  assert.equal(script.calls, 2);
});
