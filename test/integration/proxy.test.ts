import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { RunpassError } from "../../src/core/errors.ts";
import { createAdmin } from "../../src/proxy/admin.ts";
import { createMetrics } from "../../src/proxy/metrics.ts";
import { curl, openSocket, readUntil } from "../support/loopback.ts";
import { startProxyFor } from "../support/proxy.ts";

interface Echo {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const echoOf = async (response: Response): Promise<Echo> => (await response.json()) as Echo;

/** A token whose signature is wrong, as if its key had been withdrawn. */
const spoilt = (token: string): string => `${token.slice(0, -6)}AAAAAA`;

test("the service sees its own host, the token, who asked, and nothing that concerns us alone", async (t) => {
  const { url, port, emulator } = await startProxyFor(t);
  const headers = { "x-own": "1", "x-serverless-authorization": "Bearer mine", origin: url };
  const seen = await echoOf(await fetch(`${url}/path?q=1`, { headers }));
  assert.equal(`https://${seen.headers["host"]}`, emulator.serviceUrl("my-service"));
  assert.equal(seen.headers["x-own"], "1");
  assert.match(seen.headers["authorization"] ?? "", /^Bearer eyJ/);
  assert.equal(seen.headers["x-serverless-authorization"], undefined);
  assert.equal(seen.headers["origin"], emulator.serviceUrl("my-service"));
  assert.equal(seen.headers["x-forwarded-host"], `127.0.0.1:${port}`);
  assert.match(seen.headers["x-forwarded-for"] ?? "", /^127\.0\.0\.1/);
  assert.match(
    seen.headers["forwarded"] ?? "",
    new RegExp(`^for=127\\.0\\.0\\.1;host="127\\.0\\.0\\.1:${port}";proto=http`),
  );
});

test("the app's own Authorization stays, and the token takes the other header; each can be asked for", async (t) => {
  const own = { headers: { authorization: "Basic YTpi" } };
  await t.test("by itself", async (part) => {
    const { url } = await startProxyFor(part);
    const { headers } = await echoOf(await fetch(url, own));
    assert.equal(headers["authorization"], "Basic YTpi");
    assert.match(headers["x-serverless-authorization"] ?? "", /^Bearer .*SIGNATURE_REMOVED_BY_GOOGLE$/);
  });
  await t.test("always Authorization", async (part) => {
    const { url } = await startProxyFor(part, { authHeader: "authorization" });
    const { headers } = await echoOf(await fetch(url, own));
    assert.match(headers["authorization"] ?? "", /^Bearer eyJ/);
  });
  await t.test("always the other", async (part) => {
    const { url } = await startProxyFor(part, { authHeader: "x-serverless-authorization" });
    const { headers } = await echoOf(await fetch(url));
    assert.equal(headers["authorization"], undefined);
    assert.match(headers["x-serverless-authorization"] ?? "", /^Bearer /);
  });
});

test("addresses and cookies of the service become ours", async (t) => {
  const { url, emulator } = await startProxyFor(t, {}, (request, response) => {
    const origin = `https://${request.headers.host}`;
    response.setHeader("set-cookie", [
      `a=1; Domain=${request.headers.host}; Path=/; Secure; HttpOnly; SameSite=None`,
      "__Host-b=2; Path=/; Secure",
      "c=3; Domain=example.com",
    ]);
    response.setHeader("strict-transport-security", "max-age=1");
    response.setHeader("alt-svc", 'h3=":443"');
    response
      .writeHead(302, { location: request.url === "/out" ? "https://example.com/x" : `${origin}/next?a=b` })
      .end();
  });
  const response = await fetch(url, { redirect: "manual" });
  assert.equal(response.headers.get("location"), `${url}/next?a=b`);
  assert.deepEqual(response.headers.getSetCookie(), [
    "a=1; Path=/; HttpOnly",
    "__Host-b=2; Path=/; Secure",
    "c=3; Domain=example.com",
  ]);
  assert.equal(response.headers.get("strict-transport-security"), null);
  assert.equal(response.headers.get("alt-svc"), null);
  const out = await fetch(`${url}/out`, { redirect: "manual" });
  assert.equal(out.headers.get("location"), "https://example.com/x");
  assert(emulator.trace().every(({ allowed }) => allowed));
});

test("without a token nothing is sent, and the answer says why in the form that was asked for", async (t) => {
  const { url, emulator, event } = await startProxyFor(t, {
    fetchToken: () =>
      Promise.reject(
        new RunpassError({
          code: "credentials_rejected",
          message: "Google rejected <them>",
          why: "revoked",
          fix: "gcloud auth login",
        }),
      ),
  });
  const json = await fetch(url, { method: "POST", body: "x".repeat(1_000_000) });
  assert.equal(json.status, 502);
  assert.deepEqual(await json.json(), {
    error: {
      code: "credentials_rejected",
      message: "There is no token for this request: Google rejected <them>",
      why: "revoked",
      fix: "gcloud auth login",
    },
  });
  const html = await fetch(url, { headers: { accept: "text/html,*/*" } });
  assert.equal(html.status, 502);
  assert.match(html.headers.get("content-type") ?? "", /^text\/html/);
  const page = await html.text();
  assert.match(page, /gcloud auth login/);
  assert.doesNotMatch(page, /<them>/);
  assert.equal(emulator.trace().length, 0);
  assert.equal((await event("token_failed")).code, "credentials_rejected");
});

test("a token that Google refuses is renewed once and the request sent again, small body and all", async (t) => {
  const seen: string[] = [];
  const subject = await startProxyFor(
    t,
    {
      fetchToken: async (isFresh, real) => {
        const token = await real(isFresh);
        return isFresh ? token : { ...token, token: spoilt(token.token) };
      },
    },
    (request, response) => {
      void answerWithBody();
      async function answerWithBody(): Promise<void> {
        const body = await readAll(request);
        seen.push(body);
        response.end(body);
      }
    },
  );
  const response = await fetch(subject.url, { method: "POST", body: "once more" });
  assert.equal(await response.text(), "once more");
  assert.deepEqual(seen, ["once more"]);
  assert.deepEqual(
    subject.emulator.trace().map(({ status }) => status),
    [401, 200],
  );
  assert.equal((await subject.event("request")).isRetried, true);
});

test("where the new token is refused too, or the body is large, Google's answer goes through", async (t) => {
  const subject = await startProxyFor(t, {
    fetchToken: async (isFresh, real) => {
      const token = await real(isFresh);
      return { ...token, token: spoilt(token.token) };
    },
  });
  assert.equal((await fetch(subject.url, { method: "POST", body: "x".repeat(200_000) })).status, 401);
  assert.equal(subject.emulator.trace().length, 1);
  assert.equal((await fetch(subject.url)).status, 401);
  assert.equal(subject.emulator.trace().length, 3);
  assert.equal((await fetch(subject.url)).status, 401);
  assert.equal(subject.emulator.trace().length, 4, "no third time within a minute");
});

test("an app's own 401 is not Google's", async (t) => {
  const subject = await startProxyFor(t, {}, (_request, response) =>
    response.writeHead(401, { "www-authenticate": 'Bearer error="invalid_token"' }).end("mine"),
  );
  assert.equal(await (await fetch(subject.url)).text(), "mine");
  assert.equal((await subject.event("request")).isRetried, false);
});

test("preflights of named origins are answered here, and their pages may read answers", async (t) => {
  const origin = "http://localhost:3000";
  const { url, emulator } = await startProxyFor(t, { corsOrigins: [origin] });
  const preflight = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-own",
      "access-control-request-private-network": "true",
    },
  });
  assert.equal(preflight.status, 204);
  const granted = (name: string): string | null => preflight.headers.get(`access-control-allow-${name}`);
  assert.deepEqual(["origin", "methods", "headers", "credentials", "private-network"].map(granted), [
    origin,
    "PUT",
    "x-own",
    "true",
    "true",
  ]);
  assert.equal(emulator.trace().length, 0);
  const answer = await fetch(url, { headers: { origin } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("access-control-allow-origin"), origin);
  assert.equal((await echoOf(answer)).headers["origin"], origin);
});

test("a local secret is asked for, as a bearer, a header, or a cookie that a form gives, and goes no further", async (t) => {
  const secret = "a-secret-of-many-characters";
  const { url, emulator } = await startProxyFor(t, { secret });
  const refused = await fetch(url, { headers: { accept: "text/html" } });
  assert.equal(refused.status, 401);
  assert.match(await refused.text(), /<form method="post"/);
  for (const headers of [{ authorization: "Bearer wrong" }, { cookie: `runpass_proxy=${secret}` }]) {
    assert.equal((await fetch(url, { headers: headers as Record<string, string> })).status, 401);
  }
  assert.equal(emulator.trace().length, 0);
  const form = await fetch(`${url}/.runpass/secret`, {
    method: "POST",
    body: new URLSearchParams({ secret }),
    redirect: "manual",
  });
  assert.equal(form.status, 303);
  const cookie = form.headers.get("set-cookie") ?? "";
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  assert(!cookie.includes(secret));
  const pair = cookie.split(";")[0] ?? "";
  for (const headers of [
    { authorization: `Bearer ${secret}` },
    { "x-runpass-secret": secret },
    { cookie: `a=b; ${pair}` },
  ]) {
    const response = await fetch(url, { headers: headers as Record<string, string> });
    assert.equal(response.status, 200);
    const text = await response.text();
    assert(!text.includes(secret) && !text.includes(pair));
    assert.match((JSON.parse(text) as Echo).headers["authorization"] ?? "", /^Bearer eyJ/);
  }
});

test("an address beyond this machine needs a secret", async (t) => {
  await assert.rejects(startProxyFor(t, { bind: "0.0.0.0" }), { code: "invalid_argument" });
  const { port } = await startProxyFor(t, { bind: "0.0.0.0", secret: "a-secret-of-many-characters" });
  assert.equal((await fetch(`http://127.0.0.1:${port}`)).status, 401);
});

test("a port that is taken is told, or searched past", async (t) => {
  const { port } = await startProxyFor(t);
  await assert.rejects(startProxyFor(t, { listen: [{ at: port, services: ["my-service"] }] }), {
    code: "address_in_use",
  });
  const { port: next } = await startProxyFor(t, {
    listen: [{ at: port, isSearching: true, services: ["my-service"] }],
  });
  assert(next > port);
});

test("the admin port tells metrics and health", async (t) => {
  const metrics = createMetrics();
  let fails = false;
  const subject = await startProxyFor(t, {
    fetchToken: (isFresh, real) =>
      fails ? Promise.reject(new RunpassError({ code: "google_unreachable", message: "down" })) : real(isFresh),
  });
  const admin = await createAdmin({ port: 0, proxy: subject.proxy, metrics });
  t.after(() => admin.close({ deadlineMs: 0 }));
  await (await fetch(subject.url)).text();
  metrics.count(await subject.event("request"));
  const text = await (await fetch(`${admin.url}/metrics`)).text();
  assert.match(text, /^runpass_proxy_requests_total\{service="my-service",status="200",outcome="answered"\} 1$/m);
  assert.match(text, /^runpass_proxy_request_duration_seconds_count\{service="my-service"\} 1$/m);
  assert.match(text, /^runpass_proxy_token_expires_seconds\{service="my-service"\} 3\d\d\d/m);
  for (const path of ["startup", "liveness", "readiness"])
    assert.equal((await fetch(`${admin.url}/${path}`)).status, 200);
  fails = true;
  subject.clock.advanceMs(2 * 3_600_000);
  assert.equal((await fetch(subject.url)).status, 502);
  assert.equal((await fetch(`${admin.url}/readiness`)).status, 503);
  assert.equal((await fetch(`${admin.url}/liveness`)).status, 200);
  const { stdout } = await curl(
    "-H",
    "Host: evil.example",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    `${admin.url}/metrics`,
  );
  assert.equal(stdout, "403");
});

test("an upload waits for a service that does not read, and no memory fills with it", async (t) => {
  const arrived = Promise.withResolvers<() => void>();
  const subject = await startProxyFor(t, {}, (request, response) => {
    request.once("end", () => response.end("read"));
    request.pause();
    arrived.resolve(() => void request.resume());
  });
  const socket = await openSocket(subject.port);
  const chunk = Buffer.alloc(65_536, "x");
  const total = 31 * 1024 * 1024; // below Cloud Run's limit for HTTP/1
  t.after(() => socket.destroy());
  socket.write(`POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${total}\r\n\r\n`);
  const done = readUntil(socket, "read");
  let written = 0;
  const stalled = Promise.withResolvers<void>();
  const writing = (async () => {
    for (; written < total; written += chunk.length) {
      if (socket.write(chunk)) continue;
      const timer = setTimeout(() => stalled.resolve(), 200); // neither side takes more
      await new Promise((resolve) => socket.once("drain", resolve));
      clearTimeout(timer);
    }
    stalled.resolve();
  })();
  const read = await arrived.promise;
  await stalled.promise;
  assert(written < total / 2, `${written} bytes were taken`);
  read();
  await writing;
  await done;
});

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
