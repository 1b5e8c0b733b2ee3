import { RunpassError } from "../core/errors.ts";
import { isServiceAccountEmail } from "../google/member.ts";
import { isServiceId } from "../google/run-name.ts";
import { parseServiceUrl } from "./service-url.ts";
import type { ServiceUrl } from "./service-url.ts";

/** What a command is about, as the user named it. */
export type Target = ServiceTarget | UrlTarget | AccountTarget;

/** A service by name: `SERVICE`, `SERVICE@REGION` or `projects/P/locations/L/services/S`. */
export interface ServiceTarget {
  readonly kind: "service";
  readonly service: string;
  /** Where the text named it. */
  readonly region?: string;
  /** Where the text named it. */
  readonly project?: string;
  /** Path and query to request, as written: empty, or starts with `/` or `?`. */
  readonly path: string;
}

/** A service by address. */
export interface UrlTarget extends ServiceUrl {
  readonly kind: "url";
}

/** A service account, by its whole e-mail: a bare name always means a service. */
export interface AccountTarget {
  readonly kind: "account";
  /** Lower case. */
  readonly email: string;
}

/** What {@link parseTarget} accepts besides a service. Default: nothing. */
export interface ParseTargetOptions {
  /** A path and query may follow: `my-service/path?q=1`. */
  readonly allowPath?: boolean;
  /** A service account's e-mail is a target too. */
  readonly allowAccount?: boolean;
}

const forms = "SERVICE, SERVICE@REGION, projects/PROJECT/locations/REGION/services/SERVICE or https://…";

/**
 * Reads a TARGET: a service, a URL or (where allowed) a service account.
 *
 * @throws {RunpassError} `invalid_argument`, with the nearest form that would be right.
 *
 * @example
 * parseTarget("my-service@us-central1/path?q=1", { allowPath: true });
 */
export function parseTarget(text: string, options: ParseTargetOptions = {}): Target {
  if (text === "") throw wrong(text, "it is empty", `Give ${forms}.`);
  // Control characters and spaces never belong to a name or URL, and would reach other programs' arguments and files.
  if (/[\s\p{Cc}]/u.test(text)) throw wrong(text, "it holds a space or a control character", `Give ${forms}.`);
  const target = isUrlLike(text) ? parseUrl(text) : (parseAccount(text, options) ?? parseName(text));
  if (target.kind !== "account" && target.path !== "" && options.allowPath !== true && target.path !== "/") {
    const bare = text.slice(0, text.length - target.path.length);
    throw wrong(text, "a path makes no sense here", `Leave it out: ${bare}`);
  }
  return target;
}

function isUrlLike(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith("//");
}

function parseUrl(text: string): UrlTarget {
  const url = parseServiceUrl(text);
  if (typeof url === "string") throw wrong(text, url, urlFix(text));
  return { kind: "url", ...url };
}

/** A host in letters of its own is refused, since programs map such letters differently: here is what DNS has. */
function urlFix(text: string): string {
  const [, scheme = "", authority = "", rest = ""] = /^(https?:\/\/)([^/?#@]*)(.*)$/is.exec(text) ?? [];
  // eslint-disable-next-line no-control-regex -- all of ASCII
  const isForeign = /[^\x00-\x7f]/.test(authority) && URL.canParse(`https://${authority}`);
  if (isForeign) return `Write the host as DNS has it: ${scheme}${new URL(`https://${authority}`).host}${rest}`;
  return "A URL here is https://HOST[:PORT][/PATH], or http:// for this machine alone.";
}

function parseAccount(text: string, options: ParseTargetOptions): AccountTarget | undefined {
  if (!isServiceAccountEmail(text)) return undefined;
  if (options.allowAccount !== true) {
    throw wrong(text, "it is a service account, not a service", `Name the service, and the account with --as ${text}.`);
  }
  return { kind: "account", email: text.toLowerCase() };
}

function parseName(text: string): ServiceTarget {
  if (text.startsWith("projects/")) return parseResourceName(text);
  const match = /^([^/?#@]*)(?:@([^/?#]*))?(.*)$/s.exec(text);
  const [, service = "", region, path = ""] = match ?? [];
  if (!isServiceId(service)) throw wrongName(text, service);
  if (region !== undefined && !isRegion(region)) {
    throw region.includes(".")
      ? wrong(text, "it is an e-mail of no service account", `For a service in a region: ${service}@us-central1`)
      : wrong(text, `${quote(region)} is no region`, `For example: ${service}@us-central1`);
  }
  return { kind: "service", service, ...(region === undefined ? {} : { region }), path };
}

function parseResourceName(text: string): ServiceTarget {
  const match = /^projects\/([^/?#]+)\/locations\/([^/?#]+)\/services\/([^/?#]+)(.*)$/s.exec(text);
  const [, project = "", region = "", service = "", path = ""] = match ?? [];
  const form = "The form is projects/PROJECT/locations/REGION/services/SERVICE.";
  if (!match) throw wrong(text, "parts are missing", form);
  if (!isServiceId(service)) throw wrongName(text, service);
  if (!isRegion(region)) throw wrong(text, `${quote(region)} is no region`, form);
  if (!isProject(project)) throw wrong(text, `${quote(project)} is no project`, form);
  return { kind: "service", service, region, project, path };
}

function wrongName(text: string, service: string): RunpassError {
  // A host without its scheme is the most likely slip of all.
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/i.test(service))
    return wrong(text, "the scheme is missing", `https://${text}`);
  const nearest = service
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 49)
    .replace(/-+$/, "");
  return wrong(
    text,
    `${quote(service)} cannot name a service: small letters, digits and hyphens, a letter first, under 50 characters`,
    isServiceId(nearest) ? `Did you mean ${nearest}?` : `Give ${forms}.`,
  );
}

function isRegion(text: string): boolean {
  return /^[a-z]+(?:-[a-z0-9]+)+$/.test(text);
}

/** A project's id (with a domain in front or not) or number. */
function isProject(text: string): boolean {
  return /^(?:\d+|(?:[a-z0-9.-]+:)?[a-z](?:[a-z0-9-]*[a-z0-9])?)$/.test(text);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function wrong(text: string, why: string, fix: string): RunpassError {
  // A password may stand there.
  const shown = text.replace(/\/\/[^/?#]*@/, "//…@");
  return new RunpassError({ code: "invalid_argument", message: `${quote(shown)} is no target`, why, fix });
}
