import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovableClock } from "../core/clock.ts";
import { RunpassError } from "../core/errors.ts";
import type { ProxyEvent } from "./events.ts";
import { createTokenSource } from "./token-source.ts";

const minuteMs = 60_000;

function setUp() {
  const clock = createMovableClock({ nowMs: () => Date.UTC(2026, 0, 1) });
  const events: ProxyEvent[] = [];
  const google = { fetched: 0, isDown: false, wait: async (): Promise<void> => {} };
  const source = createTokenSource({
    service: "web",
    clock,
    onEvent: (event) => events.push(event),
    fetchToken: async () => {
      const number = ++google.fetched;
      await google.wait();
      if (google.isDown) throw new RunpassError({ code: "google_unreachable", message: "down" });
      return { token: `token ${number}`, audience: "a", expiresAtMs: clock.nowMs() + 60 * minuteMs, source: "minted" };
    },
  });
  return { clock, events, google, source };
}

test("callers at once share one fetch, and later ones have the token at hand", async () => {
  const { source, ...setup } = setUp();
  const tokens = await Promise.all(Array.from({ length: 10 }, async () => (await source.get()).token));
  assert.deepEqual(new Set(tokens), new Set(["token 1"]));
  assert.equal(source.current()?.token, "token 1");
  assert.equal(setup.events.length, 1);
});

test("near its end a token is renewed while it goes on being used", async () => {
  const setup = setUp();
  const { source, clock } = setup;
  await source.get();
  clock.advanceMs(56 * minuteMs);
  const held = Promise.withResolvers<void>();
  setup.google.wait = () => held.promise;
  assert.equal((await source.get()).token, "token 1");
  assert.equal((await source.get()).token, "token 1");
  assert.equal(setup.google.fetched, 2);
  held.resolve();
  while (source.current()?.token === "token 1") await new Promise((resolve) => setImmediate(resolve));
  assert.equal(source.current()?.token, "token 2");
});

test("a failed renewal harms nobody before the token's end, and is not repeated at once", async () => {
  const setup = setUp();
  const { source, clock } = setup;
  await source.get();
  clock.advanceMs(56 * minuteMs);
  setup.google.isDown = true;
  assert.equal(await source.keepFresh(), false);
  assert.equal((await source.get()).token, "token 1");
  assert.equal(setup.google.fetched, 2);
  clock.advanceMs(5 * minuteMs);
  await assert.rejects(source.get(), { code: "google_unreachable" });
  await assert.rejects(source.get(), { code: "google_unreachable" });
  assert.equal(setup.google.fetched, 3, "the second was answered from the first");
  assert.equal(source.failure?.code, "google_unreachable");
  setup.google.isDown = false;
  clock.advanceMs(3_000);
  assert.equal((await source.get()).token, "token 4");
  assert.equal(source.failure, undefined);
});

test("a token that was refused is renewed once a minute at most, and by one of those who held it", async () => {
  const { source, clock, ...setup } = setUp();
  const refused = await source.get();
  assert(source.mayRenew(refused));
  const [one, other] = await Promise.all([source.renew(refused), source.renew(refused)]);
  assert.deepEqual([one.token, other.token], ["token 2", "token 2"]);
  assert.equal((await source.renew(refused)).token, "token 2", "it has been renewed already");
  assert(!source.mayRenew(one));
  clock.advanceMs(2 * minuteMs);
  assert(source.mayRenew(one));
  assert.equal(setup.events.length, 2);
});

test("a token that nobody has used for an hour is not renewed", async () => {
  const setup = setUp();
  await setup.source.get();
  setup.clock.advanceMs(3 * 60 * minuteMs);
  assert.equal(await setup.source.keepFresh(), false);
  assert.equal(setup.google.fetched, 1);
});

test("after the clock was put back hours, a new token is fetched", async () => {
  const setup = setUp();
  await setup.source.get();
  setup.clock.advanceMs(-5 * 60 * minuteMs);
  assert.equal((await setup.source.get()).token, "token 2");
});
