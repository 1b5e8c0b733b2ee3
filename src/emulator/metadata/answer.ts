import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { notFoundPage } from "../../gate/pages.ts";
import type { ApiAnswer, ApiCall } from "../api/route.ts";
import { decodePath } from "../api/template.ts";
import type { MetadataDirectory, MetadataNode, Platform } from "./tree.ts";

const root = "/computeMetadata/v1/";

/** How long `wait_for_change` waits where the client does not say, in milliseconds. Google waits for as long as it takes. */
const longestWaitMs = 60_000;

/** What is above the tree: it is shown without the header, and clients look there whether there is a server at all. */
const listings: Readonly<Record<string, string>> = { "/": "computeMetadata/\n", "/computeMetadata/": "v1/\n" };

/**
 * Answers for the metadata server. The header that a request must bring is what keeps requests away that somebody else made a
 * program send (SSRF), and so is the refusal of what a proxy has passed on.
 * Source: Compute Engine documentation, "View and query VM metadata"; texts of refusals from other emulators that quote them.
 *
 * @param tree Asked for again when something may have changed.
 */
export async function answerMetadata(
  call: ApiCall,
  platform: Platform,
  tree: () => MetadataDirectory,
): Promise<ApiAnswer> {
  const answer = await answerCall(call, tree);
  const server = `Metadata Server for ${platform === "run" ? "Serverless" : "VM"}`;
  return {
    ...answer,
    headers: { ...answer.headers, "metadata-flavor": "Google", server, "x-frame-options": "SAMEORIGIN" },
  };
}

async function answerCall(call: ApiCall, tree: () => MetadataDirectory): Promise<ApiAnswer> {
  if (call.method !== "GET" && call.method !== "HEAD") return page(405, "Method Not Allowed");
  if (call.headers["x-forwarded-for"] !== undefined) return page(403, "Requests with X-Forwarded-For are not served");
  const path = decodePath(call.path);
  if (path === undefined) return page(400, "The path is not correctly percent-encoded");
  const listing = Object.hasOwn(listings, path) ? listings[path] : undefined;
  if (listing !== undefined) return text(listing);
  const flavor = call.headers["metadata-flavor"];
  if (flavor === undefined) return page(403, 'Missing required header "Metadata-Flavor": "Google"');
  if (flavor.toLowerCase() !== "google") return notFound(path);
  if (Object.hasOwn(listings, `${path}/`) || `${path}/` === root) return redirect(path, call);
  if (!path.startsWith(root)) return notFound(path);
  const found = find(tree(), path);
  if (!found) return notFound(path);
  if (found === "redirect") return redirect(path, call);
  if (found.kind === "call") {
    const made = await found.answer(call.query);
    if ("wrong" in made) return { ...text(`${made.wrong}\n`), status: 400 };
    return { status: 200, headers: { "content-type": made.contentType }, body: made.text };
  }
  const shown = show(found, call.query);
  if (!call.query.has("wait_for_change") || !isSame(shown, call.query)) return shown;
  const seconds = Number(call.query.get("timeout_sec") ?? Number.NaN);
  await delay(seconds >= 0 ? Math.min(seconds * 1000, longestWaitMs) : longestWaitMs, undefined, { ref: false });
  const now = find(tree(), path);
  return now && now !== "redirect" && now.kind !== "call" ? show(now, call.query) : notFound(path);
}

/** A directory is at its name with a slash, everything else at its name without. */
function find(tree: MetadataDirectory, path: string): MetadataNode | "redirect" | undefined {
  const segments = path.slice(root.length).split("/");
  const isDirectoryPath = segments.at(-1) === "";
  if (isDirectoryPath) segments.pop();
  let node: MetadataNode | undefined = tree;
  for (const segment of segments) {
    node = node?.kind === "directory" && Object.hasOwn(node.entries, segment) ? node.entries[segment] : undefined;
  }
  if (!node || (node.kind === "directory") === isDirectoryPath) return node;
  return node.kind === "directory" ? "redirect" : undefined;
}

function show(node: Exclude<MetadataNode, { kind: "call" }>, query: URLSearchParams): ApiAnswer {
  const isRecursive = node.kind === "directory" && query.get("recursive")?.toLowerCase() === "true";
  const form = query.get("alt")?.toLowerCase() ?? (isRecursive ? "json" : "text");
  if (form === "json" && (isRecursive || node.kind === "value")) {
    return withEtag({ "content-type": "application/json" }, JSON.stringify(toJson(node)));
  }
  const body = isRecursive ? leaves(node, "") : node.kind === "value" ? textOf(node.value) : list(node);
  return withEtag({ "content-type": "application/text" }, body);
}

function toJson(node: Exclude<MetadataNode, { kind: "call" }>): unknown {
  if (node.kind === "value") return node.value;
  const shown = Object.entries(node.entries).flatMap(([name, entry]) =>
    entry.kind === "call" ? [] : [[name.replaceAll(/-(\w)/g, camelCase), toJson(entry)] as const],
  );
  return Object.fromEntries(shown);
}

/** An e-mail is no name of ours: it keeps its hyphens. */
function camelCase(matched: string, letter: string, _offset: number, whole: string): string {
  return whole.includes("@") ? matched : letter.toUpperCase();
}

/** Every value under a directory, one a line: its path, then its text. */
function leaves(node: Exclude<MetadataNode, { kind: "call" }>, path: string): string {
  if (node.kind === "value") return `${path} ${textOf(node.value).trim()}\n`;
  return Object.entries(node.entries)
    .map(([name, entry]) => (entry.kind === "call" ? "" : leaves(entry, path === "" ? name : `${path}/${name}`)))
    .join("");
}

function list(node: MetadataDirectory): string {
  return Object.entries(node.entries)
    .map(([name, entry]) => `${name}${entry.kind === "directory" ? "/" : ""}\n`)
    .join("");
}

function textOf(value: string | number | readonly string[]): string {
  return typeof value === "object" ? value.map((line) => `${line}\n`).join("") : String(value);
}

/** The same value has the same etag, so that a client can wait for another one. */
function withEtag(headers: Readonly<Record<string, string>>, body: string): ApiAnswer {
  const etag = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return { status: 200, headers: { ...headers, etag }, body };
}

/** Whether a client that waits has seen this already; one that does not say what it has seen waits for the next. */
function isSame({ headers }: ApiAnswer, query: URLSearchParams): boolean {
  const last = query.get("last_etag");
  return query.get("wait_for_change")?.toLowerCase() === "true" && (last === null || last === headers?.["etag"]);
}

function text(body: string): ApiAnswer {
  return { status: 200, headers: { "content-type": "application/text" }, body };
}

function redirect(path: string, { query }: ApiCall): ApiAnswer {
  const search = query.size > 0 ? `?${query.toString()}` : "";
  const location = `${path.split("/").map(encodeURIComponent).join("/")}/${search}`;
  return { status: 301, headers: { "content-type": "text/html; charset=UTF-8", location }, body: "" };
}

function notFound(path: string): ApiAnswer {
  const { status, body } = notFoundPage(path);
  return { status, headers: { "content-type": "text/html; charset=UTF-8" }, body };
}

function page(status: number, sentence: string): ApiAnswer {
  return { status, headers: { "content-type": "text/html; charset=UTF-8" }, body: `${sentence}\n` };
}
