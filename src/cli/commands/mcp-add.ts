import { mkdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { RunpassError } from "../../core/errors.ts";
import { writeWhole } from "../../core/write-whole.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { canAsk, confirm } from "../confirm.ts";
import { flags } from "../command-line/flags.ts";
import type { FlagName } from "../command-line/flags.ts";
import { addServer, diffLines } from "../mcp/edit-config.ts";
import type { ServerEntry } from "../mcp/edit-config.ts";
import { findClients, mcpClients } from "../mcp/clients.ts";
import type { McpClient } from "../mcp/clients.ts";
import { howToStart } from "../mcp/how-to-start.ts";
import { takeName } from "../proxy/read-targets.ts";
import { parseServiceTarget } from "../service-token.ts";
import { openSession, requireTargetText } from "../session.ts";
import { usageError } from "../command-line/usage-error.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  const text = requireTargetText(invocation.arguments[0], io, "runpass mcp add my-service");
  const target = parseServiceTarget(text, true);
  const name = settings.text("name") ?? takeName(target, new Set());
  if (!/^[\w.-]{1,64}$/.test(name))
    throw usageError(`${JSON.stringify(name)} is no name for a server`, "Take letters, digits, hyphens.");
  const args = ["mcp", text, ...passedOn(invocation, target.kind === "service" && target.project === undefined)];
  const asked = settings.list("client");
  const clients =
    asked.length === 0 ? findClients(io.environment) : mcpClients.filter((client) => asked.includes(client.name));
  const edits = await Promise.all(clients.map((client) => planEdit(invocation, client, name, args)));
  const isText = settings.format !== "json";
  for (const edit of edits) if (isText) show(invocation, edit);
  const changing = edits.filter(({ before, after }) => before !== after);
  const isMeant = changing.length > 0 && (await mayWrite(invocation, changing));
  if (isMeant) for (const edit of changing) await write(edit);
  if (!isText) {
    printer.json(
      edits.map(({ client, file, entry, before, after }) => ({
        client: client.name,
        file,
        name,
        entry,
        written: isMeant && before !== after,
      })),
    );
  } else if (isMeant)
    printer.note(`Written. A client takes it up when it is started again; to try it: runpass ${args.join(" ")}`);
};

interface Edit {
  readonly client: McpClient;
  readonly file: string;
  readonly entry: ServerEntry;
  readonly before: string | undefined;
  readonly after: string;
}

async function planEdit({ io }: Invocation, client: McpClient, name: string, args: readonly string[]): Promise<Edit> {
  const file = client.file(io.environment);
  const before = await readIfThere(file);
  const [command = "", ...first] = howToStart(io, client.isShared);
  const entry: ServerEntry = { ...(client.hasType ? { type: "stdio" } : {}), command, args: [...first, ...args] };
  const add = client.format === "toml" ? (await import("../mcp/edit-toml.ts")).addTomlServer : addServer;
  return { client, file, entry, before, after: add(before, { file, member: client.member, name, entry }) };
}

function show({ printer, settings }: Invocation, { client, file, entry, before, after }: Edit): void {
  const { bold, dim, green, red } = printer.style;
  if (before === after) return printer.note(`${file} says so already (${client.title})`);
  printer.line(`${bold(file)}  ${dim(client.title)}`);
  for (const line of diffLines(before, after)) printer.line(line.startsWith("+") ? green(line) : red(line));
  if (client.isShared && isAbsolute(entry.command) && !settings.quiet) {
    printer.note(`runpass is not on PATH: ${file} names it by its place on this machine`);
  }
}

async function mayWrite(invocation: Invocation, edits: readonly Edit[]): Promise<boolean> {
  const { settings, printer } = invocation;
  if (settings.has("dry-run")) return false;
  if (settings.quiet) return true;
  if (canAsk(invocation)) return confirm(invocation, edits.length === 1 ? "Write it?" : `Write all ${edits.length}?`);
  printer.note("Nothing was written: there is no terminal to ask on. --yes writes it.");
  return false;
}

/** Whole or not at all, where a link leads, and with the rights that the file had. */
async function write({ file, before, after }: Edit): Promise<void> {
  if ((await readIfThere(file)) !== before) {
    throw new RunpassError({
      code: "invalid_argument",
      message: `${file} has changed meanwhile`,
      why: "somebody else wrote it since the difference was shown",
      fix: "Run the command again",
    });
  }
  await mkdir(dirname(file), { recursive: true });
  if (before === undefined) return writeWhole(resolve(file), after, 0o666);
  writeWhole(await realpath(file), after, (await stat(file)).mode & 0o777);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const why = (cause as Error).message;
    throw new RunpassError({
      code: "invalid_argument",
      message: `${file} cannot be read`,
      why,
      fix: "Check the file",
      cause,
    });
  }
}

/** What the client's own environment will not say: the flags of this call, and the project, which gcloud may have another day. */
function passedOn(invocation: Invocation, needsProject: boolean): readonly string[] {
  const { settings, spec } = invocation;
  const { impersonate, project } = openSession(invocation);
  return (spec.flags ?? []).flatMap((name) => {
    if (name === "project") return needsProject && project !== undefined ? ["--project", project] : [];
    if (notPassedOn.has(name) || settings.source(name) !== `--${name}`) return [];
    const { short } = flags[name];
    const flag = short?.startsWith("--") === true ? short : `--${name}`;
    if (name === "impersonate-service-account") return [flag, (impersonate ?? []).join(",")];
    const value = settings.text(name);
    if (value === undefined) return [flag];
    return [flag, name === "credentials" && !/^(?:login|gcloud|adc|metadata)$/.test(value) ? resolve(value) : value];
  });
}

const notPassedOn: ReadonlySet<FlagName> = new Set(["client", "name", "dry-run"]);
