import { RunpassError } from "../../core/errors.ts";
import { isLoopbackHost, parseServiceUrl } from "../../run/service-url.ts";
import type { ServiceUrl } from "../../run/service-url.ts";
import type { CurlArgument } from "./parse-arguments.ts";

/** What follows from curl's arguments for the token. */
export interface Verdict {
  /** The header that carries our token. */
  readonly header: "Authorization" | "X-Serverless-Authorization";
  /** What curl must be told last, so that nothing said before undoes it. */
  readonly enforced: readonly Pick<CurlArgument, "flag" | "value">[];
}

/** Options that refuse themselves, and what to do instead. */
const refused: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  "location-trusted": [
    "it sends the token to whichever host a redirect names",
    "Use -L: curl then keeps the token from other hosts.",
  ],
  libcurl: ["it writes a program with the token in it", "Leave it out."],
  trace: ["it writes the token into a file", "Use -v: its output is free of the token."],
  "trace-ascii": ["it writes the token into a file", "Use -v: its output is free of the token."],
  next: ["what follows is another request, with options of its own", "Call runpass curl once for each request."],
  variable: ["its values can become URLs and headers that cannot be checked", "Let your shell put the value in."],
  help: ["it is about curl itself", "Run curl --help."],
  manual: ["it is about curl itself", "Run curl --manual."],
  version: ["it is about curl itself", "Run curl --version."],
  "dump-ca-embed": ["it is about curl itself", "Run curl --dump-ca-embed."],
};

/** Options by which the user brings an `Authorization` of their own. */
const ownAuthorization = [
  "user",
  "oauth2-bearer",
  "netrc",
  "netrc-optional",
  "netrc-file",
  "aws-sigv4",
  "negotiate",
  "ntlm",
  "ntlm-wb",
];

const proxies: ReadonlySet<string> = new Set([
  "proxy",
  "proxy1.0",
  "preproxy",
  "socks4",
  "socks4a",
  "socks5",
  "socks5-hostname",
]);

/** Options that lead a connection elsewhere than the URL says. Harmless while TLS proves who answers. */
const detours: ReadonlySet<string> = new Set([
  "resolve",
  "connect-to",
  "doh-url",
  "dns-servers",
  "unix-socket",
  "abstract-unix-socket",
]);

/**
 * Judges curl's arguments: whether the token stays between the caller and the target.
 *
 * @throws {RunpassError} `invalid_argument` for arguments that would take it elsewhere.
 */
export function judge(options: readonly CurlArgument[], target: ServiceUrl): Verdict {
  for (const option of options) {
    const reason = option.off ? undefined : refused[option.name];
    if (reason) throw refuse(`curl's ${option.flag} is refused`, ...reason);
    if (option.name === "url") judgeUrl(option.value ?? "", target);
    if (option.name === "header") judgeHeader(option.value ?? "", target);
  }
  if (isOn(options, "verbose") && options.some(({ name }) => name === "stderr")) {
    throw refuse("curl's --stderr is refused together with -v", "the token would be in that file", "Use 2>FILE.");
  }
  judgeTransport(options, target);
  const ownsAuthorization =
    ownAuthorization.some((name) => isOn(options, name)) ||
    options.some(({ name, value }) => name === "header" && headerName(value ?? "") === "authorization");
  const redirects = isOn(options, "location") || isOn(options, "follow");
  if (ownsAuthorization && redirects) {
    throw refuse(
      "curl's -L is refused together with an Authorization of your own",
      "our token then travels in X-Serverless-Authorization, which curl carries along to other hosts",
      "Leave out -L, or your own credentials.",
    );
  }
  return {
    header: ownsAuthorization ? "X-Serverless-Authorization" : "Authorization",
    enforced: enforced(options, target, redirects),
  };
}

/** Another URL must be the same server's: curl sends it the same headers. */
function judgeUrl(url: string, target: ServiceUrl): void {
  const other = parseServiceUrl(url);
  if (typeof other !== "string" && other.origin === target.origin) return;
  throw refuse(
    `${JSON.stringify(url)} is refused: the token is for ${target.origin} alone`,
    typeof other === "string" ? `it is no URL of that server: ${other}` : `it goes to ${other.origin}`,
    "Call runpass curl once for each service.",
  );
}

function judgeHeader(line: string, target: ServiceUrl): void {
  if (/[\r\n\0]/.test(line))
    throw refuse("A header with a line break is refused", "it would be two headers", "Use -H twice.");
  const name = headerName(line);
  if (name === undefined && /[:;]/.test(line)) {
    throw refuse(
      `${JSON.stringify(line.split(":")[0])} is no header name`,
      "servers read such a line in different ways",
      "Write it as NAME: VALUE.",
    );
  }
  if (name === "x-serverless-authorization") {
    throw refuse(
      "A header X-Serverless-Authorization of your own is refused",
      "Cloud Run would look at it, or at ours, or refuse both",
      "Use curl itself to send a token of your own.",
    );
  }
  const value = line.slice(line.search(/[:;]/) + 1).trim();
  if (name === "host" && !isLoopbackHost(target.host) && value.toLowerCase() !== hostOf(target)) {
    throw refuse(
      `A header Host that is not ${hostOf(target)} is refused`,
      "Google's front end would hand the token to that other service",
      "Leave the header out.",
    );
  }
}

/** Without TLS that is checked, anyone who can answer for the address gets the token: only this machine may. */
function judgeTransport(options: readonly CurlArgument[], target: ServiceUrl): void {
  const insecure = isOn(options, "insecure");
  if (target.scheme === "https" && !insecure) return;
  if (!isLoopbackHost(target.host)) {
    throw insecure
      ? refuse(
          "curl's -k is refused",
          "anyone on the way could answer and get the token",
          "Name your CA with --cacert FILE.",
        )
      : refuse(`A token is not sent to ${target.origin} in clear`, "anyone on the way could read it", "Use https://.");
  }
  const detour = options.find(({ name, hidden }) => detours.has(name) || (proxies.has(name) && !hidden));
  if (detour) {
    throw refuse(
      `curl's ${detour.flag} is refused for ${target.origin}`,
      "the token would go there without a server certificate that is checked",
      "Leave it out.",
    );
  }
}

function enforced(options: readonly CurlArgument[], target: ServiceUrl, redirects: boolean): Verdict["enforced"] {
  const direct = target.scheme === "http" || isOn(options, "insecure");
  return [
    ...(redirects && target.scheme === "https" ? [{ flag: "--proto-redir", value: "=https" }] : []),
    // The environment or .curlrc may name a proxy; what goes to this machine in clear stays on it.
    ...(direct ? [{ flag: "--noproxy", value: "*" }] : []),
    // Versions before 7.85 ask a name server for names under localhost.
    ...(direct && target.host.endsWith(".localhost") ? [{ flag: "--resolve", value: loopbackAddress(target) }] : []),
  ];
}

/** `HOST:PORT:ADDRESSES`, as `--resolve` takes it. */
function loopbackAddress(target: ServiceUrl): string {
  const port = new URL(target.origin).port || (target.scheme === "https" ? "443" : "80");
  return `${target.host}:${port}:127.0.0.1,[::1]`;
}

/** The last mention of an option counts. */
function isOn(options: readonly CurlArgument[], name: string): boolean {
  return options.findLast((option) => option.name === name)?.off === false;
}

/** The lower-case name of a header in curl's `-H`, also where it is emptied (`NAME;`) or taken out (`NAME:`). */
function headerName(line: string): string | undefined {
  return /^([!#$%&'*+.^_`|~\w-]+)[ \t]*[:;]/.exec(line)?.[1]?.toLowerCase();
}

function hostOf({ origin }: ServiceUrl): string {
  return origin.slice(origin.indexOf("//") + 2);
}

function refuse(message: string, why: string, fix: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message, why, fix });
}
