import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { WebSocketServer } from "ws";
import { launchBrowser } from "../support/browser.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxySubject } from "../support/proxy.ts";

/** A page of ours that is developed on another port, one of a stranger, and an app behind the proxy with a stream and a WebSocket. */
let browser: Browser;
let subject: ProxySubject;
let app: Server;
let pages: Server;
let sockets: WebSocketServer;
let own: string;
let foreign: string;

before(async () => {
  app = createServer(serve);
  sockets = new WebSocketServer({ server: app });
  sockets.on("connection", (socket) =>
    socket.on("message", (data) => socket.send(`echo ${(data as Buffer).toString()}`)),
  );
  pages = createServer((_request, response) => response.setHeader("content-type", "text/html").end("<p>a page</p>"));
  const [appPort, pagesPort] = await Promise.all([app, pages].map(listen));
  own = `http://127.0.0.1:${pagesPort}`;
  foreign = `http://localhost:${pagesPort}`;
  [subject, browser] = await Promise.all([
    startProxy({ backend: `http://127.0.0.1:${appPort}`, corsOrigins: [own] }),
    launchBrowser(),
  ]);
});

after(async () => {
  await browser.close();
  await subject[Symbol.asyncDispose]();
  for (const socket of sockets.clients) socket.terminate();
  for (const server of [app, pages]) {
    server.closeAllConnections();
    server.close();
  }
});

function serve(request: IncomingMessage, response: ServerResponse): void {
  switch (request.url) {
    case "/events":
      response.writeHead(200, { "content-type": "text/event-stream" });
      return void response.write(`data: ${request.headers.authorization?.slice(0, 10)}\n\n`);
    case "/login":
      // As a service says it that knows itself by its own address
      response.setHeader(
        "set-cookie",
        `session=1; Domain=${request.headers.host}; Secure; HttpOnly; SameSite=None; Path=/`,
      );
      return void response.writeHead(302, { location: `https://${request.headers.host}/home` }).end();
    default:
      response.setHeader("content-type", "text/html");
      response.end(`<h1>${request.method} ${request.url}</h1><p>${request.headers.cookie ?? "no cookie"}</p>`);
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function pageAt(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

/** What a page's script gets of the proxy. */
const attempt = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(async (url) => {
    const nameOf = (error: unknown): string => (error as Error).name;
    const once = (target: EventSource | WebSocket, what: string): Promise<string> =>
      new Promise((resolve) => {
        target.addEventListener(what, (event) => resolve(String((event as MessageEvent).data)));
        target.addEventListener("error", () => resolve("error"));
      });
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.addEventListener("open", () => socket.send("hello"));
    const events = new EventSource(`${url}/events`);
    const [echoed, told] = [once(socket, "message"), once(events, "message")];
    const got = {
      read: await fetch(`${url}/read`).then((answer) => answer.text(), nameOf),
      put: await fetch(`${url}/put`, { method: "PUT", headers: { "x-own": "1" } }).then(
        (answer) => answer.text(),
        nameOf,
      ),
      blind: await fetch(`${url}/blind`, { method: "POST", mode: "no-cors" }).then(() => "sent", nameOf),
      socket: await echoed,
      events: await told,
    };
    events.close();
    return got;
  }, subject.url);

const reached = (): (string | undefined)[] => subject.emulator.trace().map(({ path }) => path);

test("in Chromium an app behind the proxy works as if it were here: redirects, cookies, a stream, a WebSocket", async () => {
  const page = await pageAt(`${subject.url}/login`);
  assert.equal(page.url(), `${subject.url}/home`);
  assert.equal(await page.locator("p").textContent(), "session=1");
  assert.deepEqual(await attempt(page), {
    read: "<h1>GET /read</h1><p>session=1</p>",
    put: "<h1>PUT /put</h1><p>session=1</p>",
    blind: "sent",
    socket: "echo hello",
    events: "Bearer eyJ",
  });
  await page.close();
});

test("a page of an origin that was let in may call and read", async () => {
  const page = await pageAt(own);
  const { read, put, socket, events } = await attempt(page);
  assert.match(read ?? "", /GET \/read/);
  assert.match(put ?? "", /PUT \/put/);
  assert.deepEqual([socket, events], ["echo hello", "Bearer eyJ"]);
  await page.close();
});

test("a page of any other origin gets nothing, and nothing that it sends reaches the service", async () => {
  const page = await pageAt(foreign);
  const earlier = reached().length;
  const { blind, ...others } = await attempt(page);
  assert.equal(blind, "sent", "it cannot know");
  assert.deepEqual(others, { read: "TypeError", put: "TypeError", socket: "error", events: "error" });
  // What browsers load without asking: an image, a frame, a form
  await page.setContent(`<img src="${subject.url}/img"><iframe src="${subject.url}/frame"></iframe>
    <form method="post" action="${subject.url}/form"><button>send</button></form>`);
  await page.locator("button").dispatchEvent("click"); // no fonts, so that nothing has a size
  await page.waitForURL(`${subject.url}/form`);
  assert.match((await page.locator("body").textContent()) ?? "", /refused/);
  assert.deepEqual(reached().slice(earlier), []);
  await page.close();
});

test("a link from anywhere may be followed", async () => {
  const page = await pageAt(foreign);
  await page.setContent(`<a href="${subject.url}/linked">link</a>`);
  await page.locator("a").dispatchEvent("click");
  await page.waitForURL(`${subject.url}/linked`);
  assert.equal(await page.locator("h1").textContent(), "GET /linked");
  await page.close();
});
