import type { CommandSpec } from "../command.ts";
import { googleFlags } from "../flags.ts";
import type { FlagName } from "../flags.ts";
import { target } from "../target-argument.ts";

/** What `proxy` and `exec` have in common. */
const proxyFlags: readonly FlagName[] = [
  "impersonate-service-account",
  "audiences",
  "include-email",
  "no-cache",
  "auth-header",
  "cors",
  "allow-host",
  "secret",
];

/** What `mcp` takes, and what `mcp add` makes clients give it. */
const mcpFlags: readonly FlagName[] = [
  "impersonate-service-account",
  "audiences",
  "include-email",
  "no-cache",
  "auth-header",
  ...googleFlags.filter((name) => name !== "show-gcloud"),
];

/** The commands that put a proxy before services. */
export const proxyCommands: readonly CommandSpec[] = [
  {
    path: ["proxy"],
    summary: "serves private services on ports of this machine, with tokens",
    description:
      "Each request gets an ID token and goes on to its service: HTTP/1.1, HTTP/2, gRPC, WebSockets and streams alike. Several services have a port each, or share one and are told apart by host (web.localhost). Without TARGET it serves what the section proxy of ./runpass.yaml says. Ends on Ctrl-C, when open requests are done; SIGHUP reads identity, configuration and file anew.",
    arguments: [
      {
        name: "[LOCALPORT:]TARGET",
        help: `${target.help}; LOCALPORT may be the path of a Unix socket`,
        variadic: true,
      },
    ],
    flags: [
      "file",
      "port",
      "port-search",
      ...proxyFlags,
      "bind",
      "admin-port",
      "drain-timeout",
      "tls-cert",
      "tls-key",
      ...googleFlags,
    ],
    examples: [
      ["runpass proxy my-service", "on http://127.0.0.1:8080"],
      ["runpass proxy 8081:web@us-east1 8082:admin", "two services, a port each"],
      ["runpass proxy web admin", "on one port: http://web.localhost:8080 and http://admin.localhost:8080"],
      ["runpass proxy", "what runpass.yaml says: several services, each with its own port, identity and header"],
      ["runpass proxy my-service --cors http://localhost:3000", "for a page that is developed on another port"],
    ],
    load: () => import("../../commands/proxy.ts"),
  },
  {
    path: ["exec"],
    summary: "runs a command, or a shell, with proxies to services up",
    description:
      "Each VAR is set to the URL of a proxy on a free port; a bare TARGET sets SERVICE_URL. The proxies are ready before the command starts and end with it. With --metadata programs that use Google's libraries act as the account of --as, by a metadata server of their own; then no TARGET is needed. The exit code is the command's own.",
    arguments: [{ name: "[VAR=]TARGET", help: `${target.help}; the command follows after --`, variadic: true }],
    flags: [...proxyFlags, "metadata", ...googleFlags],
    flagsHere: {
      metadata: { help: "give the command a metadata server as the account of --as, for Google's libraries; no keys" },
    },
    keepsSeparator: true,
    childExitCode: true,
    examples: [
      ["runpass exec API_URL=api WEB_URL=web@us-east1 -- npm test", "tests against two services"],
      ["runpass exec --metadata --as invoker -- node job.js", "a job with Google's libraries, as a service account"],
      ["runpass exec my-service -- sh -c 'curl $SERVICE_URL'", "any program, without a token of its own"],
    ],
    load: () => import("../../commands/exec.ts"),
  },
  {
    path: ["mcp"],
    summary: "bridges an MCP client on stdio to a private service's MCP endpoint",
    description:
      "For clients that start their servers as programs. The endpoint is /mcp unless the target has a path; streamable HTTP, and the older HTTP with SSE.",
    arguments: [{ name: "TARGET[/PATH]", help: `${target.help}; a path may follow` }],
    flags: mcpFlags,
    examples: [
      ["runpass mcp my-service", "as a client's configuration has it: command `runpass`, arguments `mcp my-service`"],
      ["runpass mcp my-service/tools/mcp --as invoker", "another path, as a service account"],
    ],
    load: () => import("../../commands/mcp.ts"),
  },
  {
    path: ["mcp", "add"],
    summary: "writes a service into the configuration of MCP clients, after showing the difference",
    description:
      "The clients start `runpass mcp TARGET` with the flags that are given here. Whatever else is in their files stays as it is.",
    arguments: [{ name: "TARGET[/PATH]", help: `${target.help}; a path may follow` }],
    flags: ["client", "name", "dry-run", ...mcpFlags.filter((name) => name !== "token-file")],
    examples: [
      [
        "runpass mcp add my-service --as invoker",
        "for the clients that are in use in this directory, after a question",
      ],
      ["runpass mcp add my-service --client cursor --client vscode --yes", "for these two, at once"],
    ],
    load: () => import("../../commands/mcp-add.ts"),
  },
];
