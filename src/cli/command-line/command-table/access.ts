import type { CommandArgument, CommandSpec } from "../command.ts";
import { googleFlags } from "../flags.ts";
import { target } from "../target-argument.ts";

const targetOrAccount: CommandArgument = {
  name: "TARGET",
  help: `${target.help}; or a service account's e-mail`,
};

const targetsOrAccounts: CommandArgument = { ...targetOrAccount, variadic: true };

/** Who may call a service, and why not. */
export const accessCommands: readonly CommandSpec[] = [
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
    load: () => import("../../commands/grant.ts"),
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
    load: () => import("../../commands/revoke.ts"),
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
    load: () => import("../../commands/access.ts"),
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
    load: () => import("../../commands/doctor.ts"),
  },
];
