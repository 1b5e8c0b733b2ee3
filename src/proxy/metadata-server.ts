import { RunpassError } from "../core/errors.ts";
import { metadataFlavor, metadataPath } from "../google/metadata.ts";
import type { MetadataToken } from "../google/metadata.ts";
import { guardRequest } from "../http/guard.ts";
import type { HttpRequest } from "../http/message.ts";
import { createLocalServer } from "../http/server.ts";
import type { LocalServer } from "../http/server.ts";

/** What {@link createMetadataServer} needs. */
export interface MetadataServerOptions {
  /** Whose tokens it hands out. */
  readonly email: string;
  readonly project: string | undefined;
  /** An ID token of the account's. @throws {RunpassError} */
  idToken(audience: string): Promise<string>;
  /** An access token of the account's; without scopes one that is good for all of Google Cloud. @throws {RunpassError} */
  accessToken(scopes: readonly string[]): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  nowMs(): number;
  /** Told why a token could not be had: the libraries that asked will not say it. */
  onFailure(error: RunpassError): void;
}

/** A place in the tree: a directory, a value, or a value that is made from the question. */
type Node = Directory | string | readonly string[] | ((query: URLSearchParams) => Promise<Answer>);
interface Directory {
  readonly entries: Readonly<Record<string, Node>>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Starts a metadata server on a free port of loopback for one program: it hands out a service account's tokens, as the one of
 * Google Cloud does, to whoever asks with `Metadata-Flavor: Google`. A web page cannot send that, nor does a request that
 * another server passed on get anything (`X-Forwarded-For`).
 * Sources: Compute Engine, "View and query VM metadata"; Cloud Run, "Container runtime contract".
 */
export async function createMetadataServer(options: MetadataServerOptions): Promise<LocalServer> {
  const tree = treeOf(options);
  return createLocalServer({
    port: 0,
    onRequest: async (request, response) => {
      const { status, type, body } = await answer(request, tree, options.onFailure);
      response.statusCode = status;
      response.setHeader(metadataFlavor.name, metadataFlavor.value);
      response.setHeader("content-type", type);
      response.setHeader("content-length", Buffer.byteLength(body));
      if (request.method === "HEAD") response.end();
      else response.end(body);
    },
  });
}

function treeOf({ email, project, idToken, accessToken, nowMs }: MetadataServerOptions): Directory {
  const account: Directory = {
    entries: {
      aliases: ["default"],
      email,
      scopes: ["https://www.googleapis.com/auth/cloud-platform"],
      identity: async (query) => {
        const audience = query.get("audience") ?? "";
        if (audience === "") return text(400, "non-empty audience parameter required");
        return { status: 200, type: "text/html", body: await idToken(audience) };
      },
      token: async (query) => {
        const scopes = (query.get("scopes") ?? "").split(",").filter((scope) => scope !== "");
        const { token, expiresAtMs } = await accessToken(scopes);
        const value: MetadataToken = {
          access_token: token,
          expires_in: Math.max(0, Math.floor((expiresAtMs - nowMs()) / 1_000)),
          token_type: "Bearer",
        };
        return { status: 200, type: "application/json", body: JSON.stringify(value) };
      },
    },
  };
  return {
    entries: {
      instance: { entries: { "service-accounts": { entries: { default: account, [email]: account } } } },
      project: { entries: project === undefined ? {} : { "project-id": project } },
      universe: { entries: { "universe-domain": "googleapis.com" } },
    },
  };
}

async function answer(
  request: HttpRequest,
  tree: Directory,
  onFailure: (error: RunpassError) => void,
): Promise<Answer> {
  const refusal = guardRequest(request);
  if (refusal !== undefined) return text(403, `Refused: ${refusal.reason}.`);
  const { method, headers, url = "/" } = request;
  if (method !== "GET" && method !== "HEAD") return text(405, "Only GET is possible here.");
  if (headers["x-forwarded-for"] !== undefined) return text(403, "Requests with X-Forwarded-For are not served.");
  if (headers[metadataFlavor.name] !== metadataFlavor.value) {
    return text(403, 'Missing required header "Metadata-Flavor": "Google".');
  }
  const asked = URL.parse(url, "http://metadata");
  if (asked === null) return text(400, "This is no path.");
  const node = find(tree, asked.pathname.replaceAll("%40", "@"));
  if (node === undefined) return text(404, "There is nothing of that name.");
  if (typeof node !== "function") return show(node, asked.searchParams);
  try {
    return await node(asked.searchParams);
  } catch (error) {
    if (!(error instanceof RunpassError)) throw error;
    onFailure(error);
    const { message, why, fix, retryable } = error;
    return text(retryable ? 503 : 403, [message, why, fix].filter((part) => part !== undefined).join("; "));
  }
}

function find(tree: Directory, path: string): Node | undefined {
  if (path === "/") return { entries: { computeMetadata: tree } }; // where clients look whether there is one at all
  if (!`${path}/`.startsWith(`${metadataPath}/`)) return undefined;
  const names = path
    .slice(metadataPath.length)
    .split("/")
    .filter((name) => name !== "");
  return names.reduce<Node | undefined>(
    (node, name) => (isDirectory(node) && Object.hasOwn(node.entries, name) ? node.entries[name] : undefined),
    tree,
  );
}

function show(node: Exclude<Node, (query: URLSearchParams) => Promise<Answer>>, query: URLSearchParams): Answer {
  const isRecursive = query.get("recursive")?.toLowerCase() === "true";
  if (isRecursive || query.get("alt") === "json") {
    return { status: 200, type: "application/json", body: JSON.stringify(toJson(node)) };
  }
  if (typeof node === "string") return { status: 200, type: "application/text", body: node };
  const lines = isDirectory(node)
    ? Object.entries(node.entries).map(([name, entry]) => (isDirectory(entry) ? `${name}/` : name))
    : node;
  return { status: 200, type: "application/text", body: lines.map((line) => `${line}\n`).join("") };
}

/** Names as in JavaScript, as Google has it; what is made from a question is left out. */
function toJson(node: Node): unknown {
  if (!isDirectory(node)) return node;
  return Object.fromEntries(
    Object.entries(node.entries)
      .filter(([, entry]) => typeof entry !== "function")
      .map(([name, entry]) => [
        name.includes("@") ? name : name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase()),
        toJson(entry),
      ]),
  );
}

function isDirectory(node: Node | undefined): node is Directory {
  return typeof node === "object" && !Array.isArray(node);
}

function text(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: `${body}\n` };
}
