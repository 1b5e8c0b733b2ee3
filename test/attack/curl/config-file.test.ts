import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { createFolder, curl, startServer } from "./fixture.ts";

for (const line of [
  "location-trusted",
  "--location-trusted",
  "  location-trusted  ",
  "location-trust",
  'url = "http://127.0.0.1:1/"',
  "url: http://127.0.0.1:1/",
  "url=http://127.0.0.1:1/",
  "-s\n--url http://127.0.0.1:1/",
  'url="http:\\/\\/127.0.0.1:1"',
  "next",
  "-:",
  "trace-ascii = -",
  "libcurl = -",
  "-x http://127.0.0.1:1\nresolve = localhost:80:127.0.0.2",
  "connect-to = ::127.0.0.2:80",
  'header = "X-Serverless-Authorization: Bearer mine"',
  "made-up-option = x",
  'data = "a" next\n:url = x',
]) {
  test(`-K of the user's own is judged like arguments: ${JSON.stringify(line)}`, async () => {
    await using folder = await createFolder();
    await using server = await startServer();
    await writeFile(folder.file("config"), `# a comment\n\n${line}\n`);
    for (const words of [
      ["-K", folder.file("config")],
      [`-sK${folder.file("config")}`],
      ["--conf", folder.file("config")],
    ]) {
      const outcome = await curl(server.origin, words);
      assert.equal(outcome.error?.code, "invalid_argument");
      assert.equal(outcome.tokensAsked, 0);
    }
    assert.equal(server.requests.length, 0);
  });
}

test("a configuration file inside another one is judged too, and a circle is an error", async () => {
  await using folder = await createFolder();
  await writeFile(folder.file("outer"), `config = ${folder.file("inner")}\n`);
  await writeFile(folder.file("inner"), "location-trusted\n");
  await writeFile(folder.file("circle"), `-K ${folder.file("circle")}\n`);
  assert.match(
    (await curl("http://localhost:1", ["-K", folder.file("outer")])).error?.message ?? "",
    /location-trusted/,
  );
  assert.match((await curl("http://localhost:1", ["-K", folder.file("circle")])).error?.message ?? "", /without end/);
});

test("what is harmless in a configuration file takes effect and stays out of the argument list", async () => {
  await using folder = await createFolder();
  await using server = await startServer();
  await writeFile(
    folder.file("config"),
    'silent\nheader = "X-Key: a \\"b\\" \\\\ \\t c"\r\n-A agent\nuser-agent = other # x\ndata = "é"',
  );
  const outcome = await curl(server.origin, ["-K", folder.file("config"), "-H", "x-seen: yes"]);
  assert.equal(outcome.code, 0);
  const { headers } = server.requests[0]!;
  assert.deepEqual([headers["x-key"], headers["user-agent"], headers["x-seen"]], ['a "b" \\ \t c', "other", "yes"]);
  assert.equal(headers["content-length"], "2");
  assert.doesNotMatch(outcome.started[0]?.words.join(" ") ?? "", /X-Key|agent/);
});

test("a configuration file that is not there is an error", async () => {
  const outcome = await curl("http://localhost:1", ["-K", "/nonexistent/config"]);
  assert.match(outcome.error?.message ?? "", /cannot be read/);
});

test("a configuration file or headers on standard input are judged too", async () => {
  await using server = await startServer();
  const refused = await curl(server.origin, ["-K", "-"], { stdin: "location-trusted\n" });
  assert.equal(refused.error?.code, "invalid_argument");
  assert.equal((await curl(server.origin, ["-H", "@-"], { stdin: "X-One: 1\n" })).code, 0);
  assert.equal(server.requests[0]?.headers["x-one"], "1");
});

test("a body from standard input reaches the server", async () => {
  let body = "";
  await using server = await startServer((request, response) => {
    request
      .setEncoding("utf8")
      .on("data", (text: string) => (body += text))
      .on("end", () => response.end());
  });
  assert.equal((await curl(server.origin, ["-X", "POST", "-d", "@-"], { stdin: '{"x":1}' })).code, 0);
  assert.equal(body, '{"x":1}');
});
