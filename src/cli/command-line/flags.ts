/** A flag of the command line. Help, parsing, environment variables, completion and `docs/cli.md` are all made from this table. */
export interface Flag {
  /** Another name of ours beside gcloud's. */
  readonly short?: string;
  /** What stands for the value in help; absent for a switch. */
  readonly value?: string;
  /** The value may be left out. */
  readonly valueIsOptional?: true;
  /** May be given several times. */
  readonly repeatable?: true;
  readonly choices?: readonly string[];
  readonly help: string;
}

/** The canonical name of a flag, without its two hyphens: gcloud's own where gcloud has it. */
export type FlagName =
  | "account"
  | "admin-port"
  | "allow-host"
  | "attempts"
  | "audiences"
  | "auth-header"
  | "bind"
  | "claim"
  | "client"
  | "client-id"
  | "client-secret-file"
  | "configuration"
  | "cors"
  | "credentials"
  | "data"
  | "detach"
  | "drain-timeout"
  | "dry-run"
  | "expired"
  | "explain"
  | "file"
  | "fix"
  | "for"
  | "format"
  | "from"
  | "graph"
  | "impersonate-service-account"
  | "include-email"
  | "lang"
  | "like"
  | "message"
  | "metadata"
  | "move-clock"
  | "name"
  | "no-browser"
  | "no-cache"
  | "passthrough"
  | "port"
  | "port-search"
  | "principal"
  | "project"
  | "quiet"
  | "reason"
  | "region"
  | "role"
  | "secret"
  | "secrets"
  | "shell"
  | "show-gcloud"
  | "timeout"
  | "tls-cert"
  | "tls-key"
  | "to"
  | "token-file"
  | "until"
  | "verbosity"
  | "wait"
  | "world"
  | "yes";

export const flags: Readonly<Record<FlagName, Flag>> = {
  account: { value: "EMAIL", help: "gcloud account to act as, instead of the active one" },
  attempts: { value: "NUMBER", help: "how often to try; default: as the product does" },
  "admin-port": {
    value: "PORT",
    help: "port on 127.0.0.1 for metrics and health: /metrics, /startup, /readiness, /liveness",
  },
  "allow-host": { value: "NAME", repeatable: true, help: "a further name under which the proxy may be addressed" },
  audiences: {
    short: "--audience",
    value: "AUDIENCE",
    help: "audience of the token, instead of the service's own URL",
  },
  claim: {
    value: "NAME=VALUE",
    repeatable: true,
    help: "further claim of the token; VALUE is JSON, or a text where it is none",
  },
  client: {
    value: "CLIENT",
    repeatable: true,
    choices: ["claude-code", "claude-desktop", "cursor", "vscode", "gemini-cli", "codex"],
    help: "whose configuration to write; default: those that are in use here",
  },
  "client-id": { value: "ID", help: "OAuth client of your own to log in with; default in an emulator: gcloud's" },
  "client-secret-file": {
    value: "FILE",
    help: "the OAuth client's secret, or the JSON that Google Cloud's console hands out; else $RUNPASS_CLIENT_SECRET",
  },
  "auth-header": {
    value: "HEADER",
    choices: ["auto", "authorization", "x-serverless-authorization"],
    help: "header that carries the token; auto takes Authorization unless the request brings its own",
  },
  bind: { value: "ADDRESS", help: "address to listen on instead of 127.0.0.1; needs --secret" },
  configuration: { value: "NAME", help: "gcloud configuration to read, instead of the active one" },
  cors: {
    value: "ORIGIN",
    repeatable: true,
    help: "origin whose pages may call and read, for example http://localhost:3000",
  },
  credentials: {
    value: "SOURCE",
    help: "where the identity comes from: login, gcloud, adc, metadata or a credentials file",
  },
  data: { value: "DIR", help: "keep the emulator's state in this directory, beyond its end" },
  detach: { help: "run in the background and return when ready" },
  "drain-timeout": { value: "SECONDS", help: "how long open requests may go on at the end; default: 10" },
  "dry-run": { help: "show what would change and write nothing" },
  expired: { help: "only bindings whose time is over" },
  explain: { help: "say where each value came from" },
  file: {
    value: "FILE",
    help: "file whose section proxy says what to serve; default: ./runpass.yaml, where it has one and no TARGET is given",
  },
  fix: { help: "write the policies that repair it, without asking" },
  for: { value: "DURATION", help: "how long it counts, for example 2h: an IAM condition ends it" },
  format: { value: "FORMAT", help: "form of the output" },
  from: {
    value: "MEMBER",
    repeatable: true,
    help: "whom to take it from, in IAM's form or as an e-mail; default: yourself",
  },
  graph: {
    value: "FORM",
    choices: ["mermaid", "dot"],
    help: "draw it: people, who they can act as, and the service",
  },
  "impersonate-service-account": {
    short: "--as",
    value: "ACCOUNT",
    valueIsOptional: true,
    help: "act as this service account: an e-mail, the part before the @, or a chain A,B,TARGET; without a value $SERVICE_ACCOUNT",
  },
  "include-email": { help: "put the service account's e-mail into the token" },
  lang: { value: "LANGUAGE", choices: ["en", "ja"], help: "language to tell it in" },
  metadata: {
    value: "ACCOUNT",
    help: "give the command a metadata server as this service account, as on Cloud Run, instead of gcloud's logins",
  },
  name: { value: "NAME", help: "what the client calls the server; default: the service's name" },
  "no-browser": { help: "open no browser: print the address, and take the answer as it is pasted" },
  like: {
    value: "PRODUCT",
    choices: ["pubsub", "scheduler", "tasks", "eventarc"],
    help: "whose manner to call in",
  },
  message: { short: "--data", value: "TEXT", help: "what it carries, instead of standard input" },
  "move-clock": {
    help: "move the emulator's clock by the pauses between attempts, instead of waiting a hundredth of them",
  },
  "no-cache": { help: "fetch a new token and keep none" },
  passthrough: { help: "let unknown hosts out through the emulator's proxy, as raw tunnels" },
  port: { value: "PORT", help: "port on 127.0.0.1" },
  "port-search": { help: "take the next free port where the one asked for is taken" },
  principal: { value: "MEMBER", help: "answer for this one only, in IAM's form or as an e-mail" },
  project: { value: "PROJECT", help: "Google Cloud project id" },
  quiet: { short: "-q", help: "ask nothing and take the default answer" },
  reason: { value: "TEXT", help: "why, for the title of the condition" },
  region: { value: "REGION", help: "region of the service, for example us-central1" },
  role: { value: "ROLE", help: "role to use instead of the smallest that does" },
  secret: {
    value: "FILE",
    help: "local secret that each request must bring: a file that holds it, or env:NAME for a variable",
  },
  shell: {
    value: "SHELL",
    choices: ["posix", "fish", "powershell"],
    help: "whose syntax to print; default: that of $SHELL",
  },
  secrets: { help: "write keys, tokens and client secrets too" },
  "show-gcloud": { help: "print the gcloud and curl lines that this stands for, and do nothing else" },
  timeout: { value: "TIME", help: "how long to wait for the browser: 90s, 5m; default: 5m" },
  "tls-cert": { value: "FILE", help: "certificate (PEM) to serve TLS with, beside plain HTTP" },
  "tls-key": { value: "FILE", help: "its key (PEM)" },
  to: {
    value: "MEMBER",
    repeatable: true,
    help: "whom to give it to, in IAM's form or as an e-mail; default: yourself",
  },
  "token-file": {
    value: "FILE",
    help: "an ID token that is there already: a file, /dev/fd/N, or - for standard input",
  },
  until: { value: "DATE", help: "when it ends: a day (its beginning, in UTC) or a time with its zone" },
  verbosity: {
    value: "LEVEL",
    choices: ["debug", "info", "warning", "error", "critical", "none"],
    help: "how much to say on stderr; default: warning",
  },
  wait: { help: "wait until it counts in reality, by calling as whoever it is about where that is you" },
  world: { value: "FILE", help: "world to begin with; default: ./runpass.yaml, where it has a section emulator" },
  yes: { short: "-y", help: "the same as --quiet" },
};

/** Flags of every command. */
export const commonFlags: readonly FlagName[] = ["format", "quiet", "yes", "verbosity"];

/** Flags of every command that talks to Google. */
export const googleFlags: readonly FlagName[] = [
  "project",
  "region",
  "account",
  "configuration",
  "credentials",
  "token-file",
  "show-gcloud",
];

/** What a command says of its flags. */
export interface CommandFlags {
  /** Its own; those of every command come by themselves. */
  readonly flags?: readonly FlagName[];
  /** Flags that are another thing here than elsewhere. */
  readonly flagsHere?: Partial<Readonly<Record<FlagName, Flag>>>;
  /** Values of `--format`, the default first. Default: text, json. */
  readonly formats?: readonly string[];
}

/** All flags that a command takes, its own first. */
export function flagsOf(spec: CommandFlags): readonly FlagName[] {
  return [...(spec.flags ?? []), ...commonFlags];
}

/** A flag as a command takes it. */
export function flagOf(name: FlagName, spec: CommandFlags): Flag {
  return spec.flagsHere?.[name] ?? flags[name];
}

/** The values that a flag may have; empty where any will do. */
export function choicesOf(name: FlagName, spec: CommandFlags): readonly string[] {
  return (name === "format" ? (spec.formats ?? ["text", "json"]) : flags[name].choices) ?? [];
}

/** The environment variable that stands for a flag. */
export function variableOf(name: FlagName): string {
  return `RUNPASS_${name.toUpperCase().replaceAll("-", "_")}`;
}
