import { facts } from "../gate/facts.ts";
import type { Fact } from "../gate/facts.ts";
import type { World } from "./world/world.ts";

/** What the emulated APIs hold to be so without knowing it: nobody has published it. */
const apiFacts: Readonly<Record<string, Fact>> = {
  "condition-error-text": guess(
    "A condition that does not compile is refused with CEL's own message.",
    "only that it is refused has been seen",
  ),
  "condition-loops": guess(
    "Loops (all, exists, map …) do not compile in conditions.",
    "IAM documents a subset of CEL without them",
  ),
  "condition-length": guess(
    "An expression has at most 2,048 characters and 50 levels of brackets.",
    "published for access boundaries only",
  ),
  "resource-attributes": guess(
    "request.path and request.host cannot be evaluated for Cloud Run.",
    "they are documented for Identity-Aware Proxy; one note uses them with Cloud Run",
  ),
  "deny-error-text": guess(
    "What is wrong with a deny policy is said in words of the emulator's own.",
    "no text is published",
  ),
  "managed-constraint-text": guess(
    "iam.managed.allowedPolicyMembers refuses with a text of the emulator's own.",
    "only that there is another text has been seen",
  ),
  "sharing-of-present-members": guess(
    "The constraints on members look only at members that a write adds.",
    "they are documented not to act on what is there",
  ),
  "customer-of-account": guess(
    "A service account belongs to the organisation of its project, and to no customer id in policies.",
    "the forms are documented, who falls under them is not in every case",
  ),
  "policy-normalisation": guess(
    "Bindings of the same role and condition are merged, members written in lower case and kept once.",
    "Google does not document the form that it stores",
  ),
  "group-visibility": guess(
    "A group is shown to the users of its domain and to its own members.",
    "each group's settings decide at Google",
  ),
  "troubleshooter-view": guess(
    "Policy Troubleshooter looks at what the caller may read by the other APIs, and reads tags by itself.",
    "documented in words, not which permission is asked for where",
  ),
  "pam-binding": guess(
    "What Privileged Access Manager gives is a binding of the project that ends, titled `Created by: PAM`; how it refuses is the emulator's own.",
    "that it binds under a condition is documented, not its form",
  ),
  "missing-account-text": guess(
    "Accounts and groups that do not exist are refused like users.",
    "only the text for users has been seen",
  ),
  "unsupported-role-text": guess(
    "A role that is not for a resource is refused with a text that names it.",
    "only that it is refused has been seen",
  ),
  "tag-permissions": guess(
    "Owners may make tag keys and values, and bind them.",
    "the roles for tags are documented, what of them is in roles/owner is not",
  ),
  "role-texts": guess(
    "What is wrong with a custom role is said in words of the emulator's own.",
    "the rules are documented, the sentences are not",
  ),
  "policy-texts": guess(
    "Versions, limits and permissions that cannot be are INVALID_ARGUMENT in words of the emulator's own.",
    "the rules are documented, the answers are not",
  ),
  "iam-texts": guess(
    "What is wrong with an account's id, a lifetime, an audience or a JWT is said in words of the emulator's own.",
    "the rules are documented, the sentences are not",
  ),
  "self-signed-refusal": guess(
    "A JWT of a service account's own that is not good for an API is refused as any text that is no token.",
    "that APIs take such JWTs is documented, not how they refuse them",
  ),
  "delegation-permission": guess(
    "To pass through a delegate is iam.serviceAccounts.implicitDelegation on it.",
    "the role that gives it is documented, not which permission is asked for where",
  ),
  "disabled-account": guess(
    "IAM Credentials answers FAILED_PRECONDITION for a disabled account.",
    "that it gets no tokens is documented, not the answer",
  ),
  "unknown-project": guess(
    "A project that one may not see, or that is not there, is `The caller does not have permission`.",
    "the documentation says that both are the same, not how",
  ),
};

/** The same of what is behind the gate: deploying, backends, and the products that call services. */
const serviceFacts: Readonly<Record<string, Fact>> = {
  "field-texts": guess(
    "What is wrong with a field of a service is said in words of the emulator's own, in google.rpc.BadRequest.",
    "the form has been seen, few of the sentences",
  ),
  "unknown-region": guess(
    "To make something in a region that Cloud Run does not have is 403.",
    "seen of other APIs of Google's",
  ),
  "write-conflict-v2": guess("A service's etag that does not match is ABORTED (409).", "v1's conflict has been seen"),
  "act-as-at-new-revision": guess(
    "iam.serviceAccounts.actAs is asked for when a revision is made, and not when only traffic or settings change.",
    "that deploying needs it is documented, not when else",
  ),
  "volumes-across-versions": guess(
    "Volumes are shown only by the version of the API that wrote them.",
    "the emulator does not translate them; Google does",
  ),
  "not-found-page": guess(
    "The 404 of the front end is Google's general page.",
    "the status is documented, the page has been seen of other products",
  ),
  "forwarded-headers": guess(
    "What a client itself sends of X-Forwarded-For and Forwarded stays in front of the front end's own.",
    "seen on App Engine, whose front end is the same",
  ),
  "request-timeout": guess("No answer in time is 504 with `upstream request timeout`.", "Envoy's sentence"),
  "failed-start": guess(
    "A failed start is 500 with the documented sentence as plain text.",
    "the sentence is documented as a log entry",
  ),
  "request-size": guess(
    "More than 32 MiB to a container of HTTP/1 is 413, in chunks too, whatever the client speaks.",
    "the limit is documented, the answer is not",
  ),
  "answer-size": guess(
    "More than 32 MiB in one piece from a container of HTTP/1 is 500.",
    "the limit is documented, the answer is not",
  ),
  "websocket-h2c": guess("WebSockets do not go to containers of HTTP/2.", "they are documented for HTTP/1"),
  "push-headers": guess(
    "User-Agent of Pub/Sub, Scheduler, Tasks and Eventarc, and Eventarc's audience, are taken from what people have seen.",
    "the other headers are documented",
  ),
};

/** A fact with its name, and how its switch stands in a world. */
export interface ListedFact extends Fact {
  readonly name: string;
  /** What the switch is set to, where there is one. */
  readonly value?: boolean | number;
}

/** Every fact that the emulator acts on, guesses first, those that have a switch before the others. */
export function listFacts({ facts: switches = {} }: Pick<World, "facts">): readonly ListedFact[] {
  const listed = Object.entries({ ...facts, ...apiFacts, ...serviceFacts }).map(([name, fact]): ListedFact => {
    const by = fact.switch;
    return { name, ...fact, ...(by ? { value: switches[by.name] ?? by.default } : {}) };
  });
  const rank = (fact: ListedFact): number => (fact.switch ? 0 : fact.grade === "guess" ? 1 : 2);
  return listed.toSorted((a, b) => rank(a) - rank(b));
}

/** What is wrong with a world's switches. */
export function findSwitchFault(switches: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, value] of Object.entries(switches)) {
    const by = Object.values(facts).find((fact) => fact.switch?.name === name)?.switch;
    if (!by) return `${JSON.stringify(name)} is no switch: \`runpass emulator facts\` lists them`;
    const fits = typeof value === typeof by.default && (typeof value !== "number" || (value >= 0 && value < Infinity));
    if (!fits) return `the switch ${name} must be ${typeof by.default === "number" ? "a duration" : "true or false"}`;
  }
  return undefined;
}

function guess(says: string, source: string): Fact {
  return { grade: "guess", says, source };
}
