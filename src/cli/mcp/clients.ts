import { existsSync } from "node:fs";
import { join } from "node:path";
import { readVariable } from "../../core/environment.ts";
import type { Environment } from "../../core/environment.ts";

/** An MCP client, and where it reads which servers to start. */
export interface McpClient {
  readonly name: string;
  readonly title: string;
  /** From the working directory, or absolute. */
  file(environment: Environment): string;
  /** Whether the file goes with the project, to people whose paths are others. */
  readonly isShared: boolean;
  /** The member of the file that holds the servers. */
  readonly member: "mcpServers" | "servers" | "mcp_servers";
  /** Default `json`. */
  readonly format?: "toml";
  /** Whether an entry says that it is of the kind `stdio`. */
  readonly hasType: boolean;
  /** What shows that the client is in use, besides the file. */
  readonly traces: readonly string[];
}

/** Sources: each client's documentation of its configuration. */
export const mcpClients: readonly McpClient[] = [
  {
    name: "claude-code",
    title: "Claude Code",
    file: () => ".mcp.json",
    isShared: true,
    member: "mcpServers",
    hasType: true,
    traces: [".claude", "CLAUDE.md"],
  },
  {
    name: "claude-desktop",
    title: "Claude Desktop",
    file: (environment) => join(claudeFolder(environment), "claude_desktop_config.json"),
    isShared: false,
    member: "mcpServers",
    hasType: false,
    traces: [],
  },
  {
    name: "cursor",
    title: "Cursor",
    file: () => join(".cursor", "mcp.json"),
    isShared: true,
    member: "mcpServers",
    hasType: false,
    traces: [".cursor"],
  },
  {
    name: "vscode",
    title: "VS Code",
    file: () => join(".vscode", "mcp.json"),
    isShared: true,
    member: "servers",
    hasType: true,
    traces: [".vscode"],
  },
  {
    name: "gemini-cli",
    title: "Gemini CLI",
    file: () => join(".gemini", "settings.json"),
    isShared: true,
    member: "mcpServers",
    hasType: false,
    traces: [".gemini", "GEMINI.md"],
  },
  {
    name: "codex",
    title: "Codex",
    file: (environment) => join(codexFolder(environment), "config.toml"),
    isShared: false,
    member: "mcp_servers",
    format: "toml",
    hasType: false,
    traces: [],
  },
];

/** The clients that are in use here; where none is, Claude Code, whose file others read too. */
export function findClients(environment: Environment): readonly McpClient[] {
  const found = mcpClients.filter((client) =>
    [client.file(environment), ...client.traces].some((path) => existsSync(path)),
  );
  return found.length > 0 ? found : mcpClients.slice(0, 1);
}

function codexFolder(environment: Environment): string {
  return readVariable(environment, "CODEX_HOME") ?? join(environment.homeDir, ".codex");
}

function claudeFolder(environment: Environment): string {
  const { homeDir, platform } = environment;
  if (platform === "darwin") return join(homeDir, "Library", "Application Support", "Claude");
  if (platform === "win32")
    return join(readVariable(environment, "APPDATA") ?? join(homeDir, "AppData", "Roaming"), "Claude");
  return join(readVariable(environment, "XDG_CONFIG_HOME") ?? join(homeDir, ".config"), "Claude");
}
