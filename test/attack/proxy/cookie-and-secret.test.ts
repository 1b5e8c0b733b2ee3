import assert from "node:assert/strict";
import { test } from "node:test";
import { victim } from "./fixture.ts";

const secret = "a-secret-of-many-characters";
const door = victim({ secret, corsOrigins: ["http://localhost:3000"] });

const status = async (headers: Record<string, string>, path = "/"): Promise<number> =>
  (await fetch(door.subject.url + path, { headers, redirect: "manual" })).status;

test("nothing but the secret opens the door", async () => {
  const wrong = [secret.slice(0, -1), `${secret}x`, secret.toUpperCase(), "", " ", "null"];
  for (const text of wrong) {
    assert.equal(await status({ authorization: `Bearer ${text}` }), 401);
    assert.equal(await status({ "x-runpass-secret": text }), 401);
    assert.equal(await status({ cookie: `runpass_proxy=${text}` }), 401);
  }
  assert.equal(await status({ authorization: `Basic ${Buffer.from(`a:${secret}`).toString("base64")}` }), 401);
  assert.equal(await status({}, `/?secret=${secret}`), 401);
  assert.equal(await status({}, "/.runpass/secret"), 401);
  assert.equal(await status({ origin: "http://localhost:3000" }), 401);
  assert.equal(door.seen.length, 0);
});

test("the secret does not help a page of another origin", async () => {
  assert.equal(await status({ authorization: `Bearer ${secret}`, origin: "https://evil.example" }), 403);
  const post = await fetch(`${door.subject.url}/.runpass/secret`, {
    method: "POST",
    headers: { origin: "https://evil.example" },
    body: new URLSearchParams({ secret }),
    redirect: "manual",
  });
  assert.equal(post.status, 403);
  assert.equal(post.headers.get("set-cookie"), null);
  assert.equal(door.seen.length, 0);
});
