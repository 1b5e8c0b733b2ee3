import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { parse } from "smol-toml";
import { createEmulator } from "../../../src/emulator/create-emulator.ts";
import type { Emulator } from "../../../src/emulator/emulator.ts";
import { createStreamable } from "../../support/mcp-server.ts";
import { callableWorld } from "../../support/proxy.ts";
import { startProgram } from "../../support/program.ts";
import type { Program } from "../../support/program.ts";
import type { TestContext } from "node:test";

let http: Server;
let emulator: Emulator;
let variables: NodeJS.ProcessEnv;
let root: string;
let project: string;

before(async () => {
  const { handle } = createStreamable();
  http = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  emulator = await createEmulator(callableWorld(`http://127.0.0.1:${(http.address() as AddressInfo).port}`));
  root = await mkdtemp(join(tmpdir(), "runpass-"));
  variables = { ...process.env, ...(await emulator.prepareEnvironment()), HOME: root, XDG_CONFIG_HOME: undefined };
});

after(async () => {
  await emulator.close();
  http.closeAllConnections();
  http.close();
  await rm(root, { recursive: true });
});

beforeEach(async () => {
  project = await mkdtemp(join(root, "project-"));
});

async function add(t: TestContext, ...words: readonly string[]): Promise<Program["output"] & { code: number | null }> {
  const { exit, output } = startProgram(t, ["mcp", "add", "my-service", ...words], { variables, cwd: project });
  const code = await exit;
  return { ...output, code };
}

const read = (file: string): Promise<string> => readFile(join(project, file), "utf8");

interface Entry {
  readonly type?: string;
  readonly command: string;
  readonly args: string[];
}

test("the command that is written, started by the SDK's client, leads to the service's tools", async (t) => {
  const { code, stdout, stderr } = await add(t, "--as", "invoker", "--client", "claude-code", "--yes");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\+ .*"my-service": \{$/m);
  const { mcpServers } = JSON.parse(await read(".mcp.json")) as { mcpServers: Record<string, Entry> };
  const { type, command, args } = mcpServers["my-service"]!;
  assert.equal(type, "stdio");
  const invoker = "invoker@demo-project.iam.gserviceaccount.com";
  assert.deepEqual(args.slice(-6), ["mcp", "my-service", "--as", invoker, "--project", "demo-project"]);
  const client = new Client({ name: "test", version: "1" });
  t.after(() => client.close());
  const env = Object.fromEntries(
    Object.entries(variables).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  await client.connect(new StdioClientTransport({ command, args, env, stderr: "pipe" }));
  const { content } = await client.callTool({ name: "echo", arguments: { text: "through the file" } });
  assert.deepEqual(content, [{ type: "text", text: "through the file" }]);
});

test("comments, layout, other servers, rights and links of a file stay as they are, and saying it again changes nothing", async (t) => {
  const original = `{\r\n\t// ours\r\n\t"servers": {\r\n\t\t"other": { "url": "https://other.example" }, // theirs\r\n\t},\r\n\t"inputs": [ 1,2 ]\r\n}\r\n`;
  await mkdir(join(project, ".vscode"));
  await writeFile(join(project, "shared.json"), original);
  await chmod(join(project, "shared.json"), 0o640);
  await symlink("../shared.json", join(project, ".vscode", "mcp.json"));
  const { code, stdout, stderr } = await add(t, "--yes");
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /other\.example/);
  const edited = await read("shared.json");
  assert.equal((await stat(join(project, "shared.json"))).mode & 0o777, 0o640);
  for (const part of [
    "\t// ours\r\n",
    '\t\t"other": { "url": "https://other.example" }, // theirs\r\n',
    `"inputs": [ 1,2 ]\r\n}\r\n`,
  ])
    assert(edited.includes(part), edited);
  assert.match(edited, /\r\n\t\t"my-service": \{\r\n\t\t\t"type": "stdio",\r\n/);
  assert.doesNotMatch(edited, /[^\r]\n/);
  assert.match((await add(t, "--yes")).stderr, /says so already/);
  assert.equal(await read("shared.json"), edited);
  // What somebody has added to our entry stays when its flags change.
  await writeFile(
    join(project, "shared.json"),
    edited.replace('"type": "stdio",', '"type": "stdio", "env": { "A": "b" },'),
  );
  assert.equal((await add(t, "--as", "invoker", "--yes")).code, 0);
  const changed = await read("shared.json");
  assert.match(changed, /"env": \{ "A": "b" \}/);
  assert.match(changed, /"invoker@/);
});

test("it finds the clients that are in use, and a project's file names runpass by its name where that is on PATH", async (t) => {
  await mkdir(join(project, ".cursor"));
  await mkdir(join(project, ".gemini"));
  await mkdir(join(root, ".config", "Claude"), { recursive: true });
  await writeFile(join(root, ".config", "Claude", "claude_desktop_config.json"), "");
  t.after(() => rm(join(root, ".config"), { recursive: true }));
  await writeFile(join(root, "runpass"), "#!/bin/sh\n", { mode: 0o755 });
  t.after(() => rm(join(root, "runpass")));
  const path = { ...variables, PATH: `${variables["PATH"]}${delimiter}${root}` };
  const words = ["mcp", "add", "my-service/tools", "--name", "tools", "--yes", "--format", "json"];
  const { exit, output } = startProgram(t, words, { variables: path, cwd: project });
  assert.equal(await exit, 0, output.stderr);
  const edits = JSON.parse(output.stdout) as { client: string; entry: Entry; written: boolean }[];
  assert.deepEqual(
    edits.map(({ client, entry, written }) => [client, entry.command === "runpass", written]),
    [
      ["claude-desktop", false, true],
      ["cursor", true, true],
      ["gemini-cli", true, true],
    ],
  );
  assert.match(await readFile(join(root, ".config", "Claude", "claude_desktop_config.json"), "utf8"), /"tools": \{/);
  assert.deepEqual(JSON.parse(await read(".cursor/mcp.json")), {
    mcpServers: { tools: { command: "runpass", args: ["mcp", "my-service/tools", "--project", "demo-project"] } },
  });
});

test("Codex gets a table in its own file, after the difference is shown, and keeps all else", async (t) => {
  const folder = join(root, ".codex");
  await mkdir(folder);
  t.after(() => rm(folder, { recursive: true }));
  const original = '# mine\nmodel = "some" # which\n\n[mcp_servers.other.env]\nKEY = "secret"\n';
  await writeFile(join(folder, "config.toml"), original, { mode: 0o600 });
  const shown = await add(t, "--client", "codex");
  assert.match(shown.stdout, /^\+ \[mcp_servers\.my-service\]$/m);
  assert.doesNotMatch(shown.stdout, /secret|mine/);
  assert.equal(await readFile(join(folder, "config.toml"), "utf8"), original);
  const { code, stderr } = await add(t, "--yes");
  assert.equal(code, 0, stderr);
  const edited = await readFile(join(folder, "config.toml"), "utf8");
  assert(edited.startsWith(original));
  const servers = parse(edited)["mcp_servers"] as unknown as Record<string, Entry>;
  const { command, args } = servers["my-service"]!;
  assert.deepEqual([command, args.slice(-4)], [process.execPath, ["mcp", "my-service", "--project", "demo-project"]]);
  assert.match((await add(t, "--yes")).stderr, /says so already \(Codex\)/);
});

test("without a terminal or --yes it only shows what it would write", async (t) => {
  const { code, stdout, stderr } = await add(t);
  assert.equal(code, 0);
  assert.match(stdout, /\.mcp\.json/);
  assert.match(stderr, /Nothing was written/);
  await assert.rejects(stat(join(project, ".mcp.json")), { code: "ENOENT" });
});

test("a file that is broken is an error, and stays as it is", async (t) => {
  const text = '{ "mcpServers": {\n  "a": ] }';
  await writeFile(join(project, ".mcp.json"), text);
  const { code, stderr } = await add(t, "--yes");
  assert.equal(code, 2);
  assert.match(stderr, /line 2, column 8/);
  assert.equal(await read(".mcp.json"), text);
});
