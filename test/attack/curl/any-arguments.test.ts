import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import * as fc from "fast-check";
import { volume } from "../../support/volume.ts";
import { createFolder, curl, startServer } from "./fixture.ts";

test("whatever the arguments, the token reaches no other server and shows in no output", async () => {
  await using folder = await createFolder();
  await using other = await startServer();
  await using server = await startServer((request, response) => {
    if (request.url?.includes("away")) response.setHeader("location", `http://127.0.0.1:${other.port}/`).writeHead(307);
    response.end("ok\n");
  });
  const elsewhere = `http://127.0.0.1:${other.port}/`;
  await writeFile(folder.file("config"), `url = ${elsewhere}\n`);
  await writeFile(folder.file("headers"), "Authorization: Basic mine\n");
  const words = fc.constantFrom(
    ...["-L", "--location", "-s", "-v", "-i", "-k", "--", "-f", "-G", "-I", "--next", "-:", "-g", "-Z", "-sL", "-vL"],
    ...["--location-trusted", "--loc", "--no-location", "--no-verbose", "-n", "--compressed", "--http1.0"],
    ...[elsewhere, `${server.origin}/away`, server.origin, elsewhere.replace("http://", ""), "-", ""],
    ...[
      "-u",
      "-H",
      "-d",
      "-o/dev/null",
      "-x",
      "-X",
      "-A",
      "-K",
      "-w",
      "-m",
      "-e",
      "-b",
      "--url",
      "--connect-to",
      "--resolve",
    ],
    ...[
      "--request-target",
      "--proxy",
      "--preproxy",
      "--socks5",
      "--noproxy",
      "--oauth2-bearer",
      "--trace-ascii=-",
      "--stderr=-",
    ],
    ...[
      "me:secret",
      "Authorization: mine",
      "@",
      "1",
      "GET",
      "/dev/null",
      "*",
      `@${folder.file("headers")}`,
      "%{url}\\n",
    ],
    ...[folder.file("config"), `-K${folder.file("config")}`, `--url=${elsewhere}`, `::127.0.0.1:${other.port}`],
    ...[`localhost:${server.port}:127.0.0.2`, `-x${elsewhere}`, `--proxy=${elsewhere}`, "--http2-prior-knowledge"],
  );
  const calls = fc.array(words, { maxLength: 6 });
  const paths = fc.constantFrom("/", "/away", "/{a,away}", "?q");
  await fc.assert(
    fc.asyncProperty(calls, paths, async (args, path) => {
      const outcome = await curl(server.origin, [...args, "-m2"], { path });
      assert.doesNotMatch(outcome.stdout + outcome.stderr, /eyJ|sssss/);
      assert.ok(outcome.started.every(({ words: started }) => !started.join(" ").includes("eyJ")));
      for (const { rawHeaders, url } of other.requests) assert.doesNotMatch(`${rawHeaders.join(" ")} ${url}`, /eyJ/);
    }),
    { numRuns: volume({ full: 500, share: 70 }) },
  );
  assert.ok(server.requests.length > 0, "some calls did go out");
});
