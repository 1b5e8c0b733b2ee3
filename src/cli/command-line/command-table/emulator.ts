import type { CommandSpec } from "../command.ts";

/** The Google on this machine. */
export const emulatorCommands: readonly CommandSpec[] = [
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
    load: () => import("../../commands/emulator-start.ts"),
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
    load: () => import("../../commands/emulator-exec.ts"),
  },
  {
    path: ["emulator", "env"],
    summary: "prints the shell lines that lead your programs to the running emulator",
    flags: ["shell"],
    examples: [
      ['eval "$(runpass emulator env)"', "in bash or zsh"],
      ["runpass emulator env --shell fish | source", "in fish"],
    ],
    load: () => import("../../commands/emulator-env.ts"),
  },
  {
    path: ["emulator", "status"],
    summary: "shows the running emulator and its services",
    examples: [["runpass emulator status", "where it listens and what it serves"]],
    load: () => import("../../commands/emulator-status.ts"),
  },
  {
    path: ["emulator", "trace"],
    summary: "shows what the front end of the services decided, and why",
    examples: [["runpass emulator trace", "the last decisions, oldest first, never with a token"]],
    load: () => import("../../commands/emulator-trace.ts"),
  },
  {
    path: ["emulator", "facts"],
    summary: "lists what the emulator takes to be so without knowing it, with its switches",
    examples: [["runpass emulator facts", "the guesses; with --format json every fact"]],
    load: () => import("../../commands/emulator-facts.ts"),
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
    load: () => import("../../commands/emulator-push.ts"),
  },
  {
    path: ["emulator", "clock"],
    takesHyphens: true,
    summary: "shows or moves the emulator's time",
    arguments: [{ name: "CHANGE", help: "advance 2h (or +2h), -90s, set TIME (RFC 3339), or reset", variadic: true }],
    examples: [
      ["runpass emulator clock", "what time it is there"],
      ["runpass emulator clock advance 2h", "every token minted so far has expired"],
      ["runpass emulator clock -90s", "a minute and a half back"],
      ["runpass emulator clock set 2030-01-01T00:00:00Z", "it runs on from there"],
      ["runpass emulator clock reset", "back to this machine's time"],
    ],
    load: () => import("../../commands/emulator-clock.ts"),
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
    load: () => import("../../commands/emulator-fault.ts"),
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
    load: () => import("../../commands/emulator-trouble.ts"),
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
    load: () => import("../../commands/emulator-export.ts"),
  },
  {
    path: ["emulator", "import"],
    summary: "puts an export, or a runpass.yaml, in the place of what the running emulator holds",
    arguments: [{ name: "FILE", help: "what `export` wrote", required: true }],
    examples: [["runpass emulator import world.yaml", "whole or not at all"]],
    load: () => import("../../commands/emulator-import.ts"),
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
    load: () => import("../../commands/emulator-user.ts"),
  },
  {
    path: ["emulator", "rotate-keys"],
    summary: "begins a rotation of the keys that sign ID tokens",
    arguments: [{ name: "LEAD", help: "how long the new key is published before it signs; default 6h" }],
    examples: [
      ["runpass emulator rotate-keys", "as Google does: every client knows the key before it is used"],
      ["runpass emulator rotate-keys 0s", "at once: shows which clients keep keys for too long"],
    ],
    load: () => import("../../commands/emulator-rotate-keys.ts"),
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
    load: () => import("../../commands/emulator-subject-token.ts"),
  },
  {
    path: ["emulator", "reset"],
    summary: "puts the running emulator back to its first state",
    examples: [["runpass emulator reset", "policies, keys, trace and clock as at the start"]],
    load: () => import("../../commands/emulator-reset.ts"),
  },
  {
    path: ["emulator", "stop"],
    summary: "ends the running emulator",
    examples: [["runpass emulator stop", "and removes what it wrote"]],
    load: () => import("../../commands/emulator-stop.ts"),
  },
];
