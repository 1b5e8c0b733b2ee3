import type { CommandArgument, CommandSpec } from "./command.ts";
import { googleFlags } from "./flags.ts";
import { proxyCommands } from "./proxy-commands.ts";
import { target } from "./target-argument.ts";

const targetOrAccount: CommandArgument = {
  name: "TARGET",
  help: `${target.help}; or a service account's e-mail`,
};

const targetsOrAccounts: CommandArgument = { ...targetOrAccount, variadic: true };

/** Every command there is, in the order of help. */
export const commands: readonly CommandSpec[] = [
  {
    path: [],
    summary: "says who you are, where you are, and what to do next",
    flags: googleFlags,
    examples: [],
    load: () => import("./commands/overview.ts"),
  },
  {
    path: ["whoami"],
    summary: "shows the identity in use, where it comes from, and what it can and cannot do",
    flags: ["impersonate-service-account", "explain", ...googleFlags],
    examples: [
      ["runpass whoami", "who calls, from which credentials, in which project and region"],
      ["runpass whoami --explain", "and where each of these values comes from"],
    ],
    load: () => import("./commands/whoami.ts"),
  },
  {
    path: ["token"],
    summary: "prints one ID token",
    description:
      "A user's token always carries gcloud's own client as its audience; for any other audience act as a service account with --as.",
    arguments: [target],
    flags: ["impersonate-service-account", "audiences", "include-email", "no-cache", ...googleFlags],
    formats: ["token", "header", "headers-json", "json", "decoded"],
    examples: [
      ["runpass token my-service", "as yourself"],
      ["runpass token my-service --as invoker", "as the project's service account `invoker`"],
      ['curl $SERVICE_URL -H "$(runpass token my-service --format header)"', "for another program"],
      ["runpass token --as invoker --audience https://example.com", "for an audience of your own"],
    ],
    load: () => import("./commands/token.ts"),
  },
  {
    path: ["verify"],
    summary: "checks an ID token that is given on standard input",
    description:
      "It is checked against Google's keys of today, or the emulator's: issuer, signature, lifetime and, where TARGET or --audience is given, audience. `runpass token | runpass verify` does so; a header line around the token does no harm. Never give a token as an argument: arguments can be seen by others. Ends with 0 for a token that is good, with 3 for one that nobody should take, with 7 for one that is for another audience, and with 6 when the keys cannot be had. Only a token that is good is shown.",
    arguments: [target],
    flags: ["audiences", ...googleFlags],
    examples: [
      ["runpass verify my-service --token-file token.txt", "would the service take it?"],
      ["runpass verify --audience https://example.com", "a token on standard input, for an audience of your own"],
      ["runpass verify --format json", "with all claims, for a script"],
    ],
    load: () => import("./commands/verify.ts"),
  },
  {
    path: ["curl"],
    summary: "calls a service with the real curl, the token kept out of sight",
    description:
      "Our own options come before TARGET, curl's after it. The token is never in curl's arguments, environment or -v output.",
    arguments: [
      { name: "TARGET[/PATH]", help: `${target.help}; a path and query may follow` },
      { name: "CURL_OPTIONS", help: "passed on to curl as they are", variadic: true },
    ],
    flags: ["impersonate-service-account", "audiences", "include-email", "no-cache", ...googleFlags],
    passThrough: true,
    childExitCode: true,
    examples: [
      ["runpass curl my-service/path?q=1", "as yourself"],
      ["runpass curl --as invoker my-service", "as the project's service account `invoker`"],
      ["echo '{}' | runpass curl my-service -X POST -d @-", "with curl's own options"],
    ],
    load: () => import("./commands/curl.ts"),
  },
  {
    path: ["grant"],
    summary: "lets somebody call a service, or act as a service account",
    description:
      "On a service the role is roles/run.invoker. On a service account it is roles/iam.serviceAccountOpenIdTokenCreator, the smallest that lets runpass mint ID tokens; gcloud itself needs --role roles/iam.serviceAccountTokenCreator. With --as both halves are written: the account may call the service, you may act as the account. Who can already, through whatever role on whatever level, is told, and nothing is written.",
    arguments: [targetsOrAccounts],
    flags: ["to", "impersonate-service-account", "role", "for", "until", "reason", "wait", "dry-run", ...googleFlags],
    examples: [
      ["runpass grant my-service", "you may call it"],
      ["runpass grant my-service --to group:team@example.com", "a group may call it"],
      ["runpass grant web api --to a@example.com --to b@example.com", "several at once: one diff, one question"],
      ['runpass grant my-service --for 2h --reason "release"', "until then; IAM itself ends it"],
      ["runpass grant my-service --wait", "and return when the service lets you in"],
      ["runpass grant my-service --as invoker", "the account may call it, and you may act as the account"],
      ["runpass grant my-service --dry-run", "only show what would change"],
    ],
    load: () => import("./commands/grant.ts"),
  },
  {
    path: ["revoke"],
    summary: "takes back what `grant` gave",
    description:
      "Takes back the role's binding without condition and those that merely end, as --for makes them. Other conditions and roles stay, and what still lets somebody in is told. With --expired what has ended is cleared away instead: anybody's, of any role, unless --from or --role is given.",
    arguments: [targetsOrAccounts],
    flags: ["from", "impersonate-service-account", "role", "expired", "wait", "dry-run", ...googleFlags],
    examples: [
      ["runpass revoke my-service", "you may no longer call it"],
      ["runpass revoke my-service --as invoker", "both halves are taken back"],
      ["runpass revoke my-service --expired", "clears away what has ended"],
    ],
    load: () => import("./commands/revoke.ts"),
  },
  {
    path: ["access"],
    summary: "lists who can call a service, and by which path",
    arguments: [target],
    description:
      "By policies from the service up to its organisation, by acting as service accounts, and who could give it to themselves. What you may not read is named. With --principal the exit code answers: 0 yes, 4 no, 1 unknown.",
    flags: ["principal", "expired", "graph", ...googleFlags],
    examples: [
      ["runpass access my-service", "everybody, and through what"],
      ["runpass access my-service --principal dev@example.com", "yes or no, and by which path"],
      ["runpass access my-service --graph mermaid", "as a picture"],
    ],
    load: () => import("./commands/access.ts"),
  },
  {
    path: ["doctor"],
    summary: "says why a call is refused, link by link, and repairs it",
    description:
      "Walks from your credentials to the service's answer and stops at nothing: each link passed, failed, unknown or not applicable, with its evidence; then one verdict and the smallest change that repairs it. It sends one GET. Without TARGET it is the last call of `runpass curl` or a proxy that Google refused, as it was made. With - as TARGET a pasted response (curl -i) is explained from standard input, without any login. The exit code is that of the error it amounts to.",
    arguments: [target],
    flags: ["impersonate-service-account", "audiences", "fix", ...googleFlags],
    examples: [
      ["runpass doctor my-service", "why you are refused, and what repairs it"],
      [
        "runpass doctor my-service --as invoker --fix",
        "both halves of calling as an account, as far as they are missing",
      ],
      ["runpass doctor", "the last call that was refused"],
      ["runpass doctor -", "explains a response from standard input"],
    ],
    load: () => import("./commands/doctor.ts"),
  },
  {
    path: ["login"],
    summary: "logs in by the browser, with an OAuth client of your own",
    description:
      "Not needed where gcloud is logged in: runpass takes its login. At Google it takes an OAuth client of yours, of the type Desktop app (--client-id, --client-secret-file); in an emulator gcloud's is the default. The login's ID tokens are for that client, so its id must be a custom audience of the service (gcloud run services update SERVICE --add-custom-audiences ID; Google does not document this for users' tokens), or act as a service account with --as. Several accounts may be logged in: the last one is used before gcloud's, another with --credentials login --account EMAIL. Kept 0600 in $RUNPASS_CONFIG_DIR, else ~/.config/runpass.",
    arguments: [{ name: "ACCOUNT", help: "e-mail of the account; default: whoever is chosen in the browser" }],
    flags: ["client-id", "client-secret-file", "no-browser", "port", "timeout"],
    examples: [
      ["runpass login --client-secret-file client.json", "with the JSON of a desktop client"],
      ["runpass login dev@example.com --no-browser", "on a machine without a browser: the answer is pasted"],
    ],
    load: () => import("./commands/login.ts"),
  },
  {
    path: ["logout"],
    summary: "ends a login that `runpass login` made",
    description:
      "The login is revoked at Google and deleted here; deleted even where Google cannot be told, which is said then.",
    arguments: [{ name: "ACCOUNT", help: "e-mail of the account; default: the one that logged in last" }],
    examples: [["runpass logout", "the last login"]],
    load: () => import("./commands/logout.ts"),
  },
  ...proxyCommands,
  {
    path: ["emulator", "start"],
    summary: "starts a local Google in the foreground",
    flags: ["world", "data", "port", "detach", "passthrough"],
    examples: [
      ["runpass emulator start", "on port 9470, until Ctrl-C"],
      ["runpass emulator start --detach", "in the background, until `runpass emulator stop`"],
      ["runpass emulator start --world examples/two-services.yaml", "with other services and people"],
      ["runpass emulator start --data ./google", "and goes on from there the next time"],
    ],
    load: () => import("./commands/emulator-start.ts"),
  },
  {
    path: ["emulator", "exec"],
    summary: "runs a command, or a shell, in an emulator of its own",
    description:
      "The emulator starts on a free port, fresh unless --data names a directory, and ends with the command. The exit code is the command's own.",
    arguments: [{ name: "COMMAND", help: "default: a shell", variadic: true }],
    flags: ["world", "data", "metadata", "passthrough"],
    passThrough: true,
    childExitCode: true,
    examples: [
      ["runpass emulator exec", "a shell in which gcloud, curl and runpass all talk to the emulator"],
      ["runpass emulator exec -- npm test", "your tests against it"],
      ["runpass emulator exec --metadata invoker -- node job.js", "a job as on Cloud Run, as its own service account"],
    ],
    load: () => import("./commands/emulator-exec.ts"),
  },
  {
    path: ["emulator", "env"],
    summary: "prints the shell lines that lead your programs to the running emulator",
    flags: ["shell"],
    examples: [
      ['eval "$(runpass emulator env)"', "in bash or zsh"],
      ["runpass emulator env --shell fish | source", "in fish"],
    ],
    load: () => import("./commands/emulator-env.ts"),
  },
  {
    path: ["emulator", "status"],
    summary: "shows the running emulator and its services",
    examples: [["runpass emulator status", "where it listens and what it serves"]],
    load: () => import("./commands/emulator-status.ts"),
  },
  {
    path: ["emulator", "trace"],
    summary: "shows what the front end of the services decided, and why",
    examples: [["runpass emulator trace", "the last decisions, oldest first, never with a token"]],
    load: () => import("./commands/emulator-trace.ts"),
  },
  {
    path: ["emulator", "facts"],
    summary: "lists what the emulator takes to be so without knowing it, with its switches",
    examples: [["runpass emulator facts", "the guesses; with --format json every fact"]],
    load: () => import("./commands/emulator-facts.ts"),
  },
  {
    path: ["emulator", "push"],
    summary: "calls a service as Pub/Sub, Cloud Scheduler, Cloud Tasks or Eventarc does",
    description:
      "Sends what comes on standard input, with an ID token of a service account, in the product's form and to the same front end as everyone's requests; tries again as the product does. Shows what was sent, never the token, and the answer. Exits with 7 when it was not taken.",
    arguments: [
      {
        name: "SERVICE[/PATH]",
        help: "a service of the emulator, SERVICE@REGION where it is in several",
        required: true,
      },
    ],
    flags: ["impersonate-service-account", "like", "message", "audiences", "attempts", "move-clock"],
    examples: [
      ["echo hello | runpass emulator push my-service --as invoker --like pubsub", "as a push subscription"],
      [
        "runpass emulator push my-service/job --as invoker --like tasks --audience $SERVICE_URL --data hello",
        "an audience without the path, which is sure to be taken",
      ],
    ],
    load: () => import("./commands/emulator-push.ts"),
  },
  {
    path: ["emulator", "clock"],
    summary: "shows or moves the emulator's time",
    arguments: [{ name: "CHANGE", help: "advance 2h (or +2h), -90s, set TIME (RFC 3339), or reset", variadic: true }],
    examples: [
      ["runpass emulator clock", "what time it is there"],
      ["runpass emulator clock advance 2h", "every token minted so far has expired"],
      ["runpass emulator clock set 2030-01-01T00:00:00Z", "it runs on from there"],
      ["runpass emulator clock reset", "back to this machine's time"],
    ],
    load: () => import("./commands/emulator-clock.ts"),
  },
  {
    path: ["emulator", "fault"],
    summary: "makes APIs and services of the running emulator fail, answer late, or not to the end",
    description:
      "`add API|SERVICE SETTING...` sets a fault, `list` shows those that are set, `clear [ID]` takes one or all away. Settings: status=503, reason=SECURITY_POLICY_VIOLATED (as by VPC Service Controls), retry-after=5 (seconds), latency=200ms, connection=reset or half-body, times=3, share=0.2 (a part of the requests), path=:generateIdToken (a part of the path).",
    arguments: [
      { name: "ACTION", help: "add, list or clear; default: list", choices: ["add", "list", "clear"] },
      { name: "OF", help: "add: an API's host or a service, then settings; clear: an id", variadic: true },
    ],
    examples: [
      ["runpass emulator fault add my-service status=429 times=2", "the next two calls are too many"],
      ["runpass emulator fault add iamcredentials.googleapis.com status=503 retry-after=5", "until it is cleared"],
      ["runpass emulator fault add run.googleapis.com latency=2s share=0.5", "every other call, by chance, is slow"],
      ["runpass emulator fault clear", "all is well again"],
    ],
    load: () => import("./commands/emulator-fault.ts"),
  },
  {
    path: ["emulator", "trouble"],
    summary: "shows or changes how late policies are in the running emulator, and its rough mode",
    description:
      "In rough mode policies take a random time, keys that sign are replaced often, and the members of JSON come in another order; the same seed and the same requests give the same trouble.",
    arguments: [{ name: "CHANGE", help: "propagation SECONDS, rough [SEED], or calm", variadic: true }],
    examples: [
      ["runpass emulator trouble propagation 120", "gate and APIs decide by policies of two minutes ago"],
      ["runpass emulator trouble rough 42", "rough mode, always the same"],
      ["runpass emulator trouble calm", "nothing of it"],
    ],
    load: () => import("./commands/emulator-trouble.ts"),
  },
  {
    path: ["emulator", "export"],
    summary: "writes the running emulator's world and state as YAML",
    description:
      "What could make somebody else you in its world is left out unless --secrets asks for it. A file is 0600.",
    arguments: [{ name: "FILE", help: "default: standard output" }],
    flags: ["secrets"],
    examples: [
      ["runpass emulator export", "to read"],
      ["runpass emulator export world.yaml --secrets", "to bring it all back later"],
    ],
    load: () => import("./commands/emulator-export.ts"),
  },
  {
    path: ["emulator", "import"],
    summary: "puts an export, or a runpass.yaml, in the place of what the running emulator holds",
    arguments: [{ name: "FILE", help: "what `export` wrote", required: true }],
    examples: [["runpass emulator import world.yaml", "whole or not at all"]],
    load: () => import("./commands/emulator-import.ts"),
  },
  {
    path: ["emulator", "user"],
    summary: "changes what Google thinks of a user",
    arguments: [
      { name: "EMAIL", help: "a user of the world", required: true },
      {
        name: "CHANGE",
        help: "active, disabled, deleted, or must sign in again: invalid_rapt, rapt_required",
        required: true,
        choices: ["active", "disabled", "deleted", "invalid_rapt", "rapt_required"],
      },
    ],
    examples: [
      ["runpass emulator user dev@example.com invalid_rapt", "must sign in again, as where sessions are limited"],
      ["runpass emulator user dev@example.com active", "all is well again"],
    ],
    load: () => import("./commands/emulator-user.ts"),
  },
  {
    path: ["emulator", "rotate-keys"],
    summary: "begins a rotation of the keys that sign ID tokens",
    arguments: [{ name: "LEAD", help: "how long the new key is published before it signs; default 6h" }],
    examples: [
      ["runpass emulator rotate-keys", "as Google does: every client knows the key before it is used"],
      ["runpass emulator rotate-keys 0s", "at once: shows which clients keep keys for too long"],
    ],
    load: () => import("./commands/emulator-rotate-keys.ts"),
  },
  {
    path: ["emulator", "subject-token"],
    summary: "prints a token of a workload elsewhere, for workload identity federation",
    description:
      "The running emulator signs it as an issuer of its own, whose tokens a provider of the world takes. With --format json it is what external_account credentials expect of an executable.",
    arguments: [{ name: "SUBJECT", help: "whom the token is for; default: demo-workload" }],
    flags: ["audiences", "claim"],
    examples: [
      ["runpass emulator subject-token repo:acme/web", "for the first provider that takes it"],
      ["runpass emulator subject-token --claim environment=prod --format json", "as an executable source"],
    ],
    load: () => import("./commands/emulator-subject-token.ts"),
  },
  {
    path: ["emulator", "reset"],
    summary: "puts the running emulator back to its first state",
    examples: [["runpass emulator reset", "policies, keys, trace and clock as at the start"]],
    load: () => import("./commands/emulator-reset.ts"),
  },
  {
    path: ["emulator", "stop"],
    summary: "ends the running emulator",
    examples: [["runpass emulator stop", "and removes what it wrote"]],
    load: () => import("./commands/emulator-stop.ts"),
  },
  {
    path: ["demo"],
    summary: "tells both ways of calling a private service, step by step, against an emulator",
    flags: ["lang"],
    examples: [
      ["runpass demo", "takes a few seconds and leaves nothing behind"],
      ["runpass demo --lang ja", "the same in Japanese"],
    ],
    load: () => import("./commands/demo.ts"),
  },
  {
    path: ["completion"],
    summary: "prints a completion script for your shell",
    arguments: [{ name: "SHELL", help: "bash, zsh or fish", required: true, choices: ["bash", "zsh", "fish"] }],
    formats: ["text"],
    examples: [
      ['eval "$(runpass completion bash)"', "in ~/.bashrc"],
      ["runpass completion fish | source", "in config.fish"],
    ],
    load: () => import("./commands/completion.ts"),
  },
  {
    path: ["version"],
    summary: "prints the version",
    examples: [],
    load: () => import("./commands/version.ts"),
  },
];

/** The command with this name. */
export function commandNamed(...path: readonly string[]): CommandSpec {
  const found = commands.find((spec) => spec.path.join(" ") === path.join(" "));
  if (!found) throw new TypeError(`there is no command ${path.join(" ")}`);
  return found;
}
