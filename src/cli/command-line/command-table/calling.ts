import type { CommandSpec } from "../command.ts";
import { googleFlags } from "../flags.ts";
import { target } from "../target-argument.ts";

/** Who you are, tokens, and calls with them. */
export const callingCommands: readonly CommandSpec[] = [
  {
    path: [],
    summary: "says who you are, where you are, and what to do next",
    flags: googleFlags,
    examples: [],
    load: () => import("../../commands/overview.ts"),
  },
  {
    path: ["whoami"],
    summary: "shows the identity in use, where it comes from, and what it can and cannot do",
    flags: ["impersonate-service-account", "explain", ...googleFlags],
    examples: [
      ["runpass whoami", "who calls, from which credentials, in which project and region"],
      ["runpass whoami --explain", "and where each of these values comes from"],
    ],
    load: () => import("../../commands/whoami.ts"),
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
    load: () => import("../../commands/token.ts"),
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
    load: () => import("../../commands/verify.ts"),
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
    load: () => import("../../commands/curl.ts"),
  },
];
