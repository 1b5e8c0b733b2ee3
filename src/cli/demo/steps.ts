import type { DemoPart, DemoStepName } from "./texts.ts";

/** One step of the demo: what it stands for, what it does and what must come of it. */
export interface DemoStep {
  readonly name: DemoStepName;
  readonly part: DemoPart;
  /** The gcloud and curl lines that it stands for, each broken where it would get too long. */
  readonly gcloud: readonly string[];
  /** The line of ours, where there is one. */
  readonly runpass?: string;
  readonly act: DemoAct;
  /** An HTTP status, or a command's exit code. */
  readonly expected: number;
}

export type DemoAct =
  /** Requests the service: without a token, with this text for one, or with what `runpass token` prints. */
  | { readonly kind: "call"; readonly bearer?: string; readonly token?: readonly string[] }
  /** Runs a command of ours. */
  | { readonly kind: "run"; readonly argv: readonly string[] };

const printToken = "gcloud auth print-identity-token";
const asAccount = "--impersonate-service-account $SERVICE_ACCOUNT";
const self = "user:$(gcloud config get-value account)";

/** `curl` with a token that gcloud prints. */
function curlWith(...tokenLines: readonly string[]): string {
  return ['curl $SERVICE_URL -H "Authorization: Bearer $(', tokenLines.join(" "), ')"'].join("");
}

/** Both flows, in order. Each step starts from what the steps before it left. */
export const demoSteps: readonly DemoStep[] = [
  {
    name: "anonymous",
    part: "yourself",
    gcloud: ["curl $SERVICE_URL"],
    act: { kind: "call" },
    expected: 403,
  },
  {
    name: "garbage",
    part: "yourself",
    gcloud: ['curl $SERVICE_URL -H "Authorization: Bearer garbage"'],
    act: { kind: "call", bearer: "garbage" },
    expected: 401,
  },
  {
    name: "userWithoutRole",
    part: "yourself",
    gcloud: [curlWith(printToken)],
    runpass: "runpass curl $RUN_SERVICE",
    act: { kind: "call", token: ["token"] },
    expected: 403,
  },
  {
    name: "grant",
    part: "yourself",
    gcloud: [`gcloud run services add-iam-policy-binding $RUN_SERVICE --member ${self} --role roles/run.invoker`],
    runpass: "runpass grant $RUN_SERVICE",
    act: { kind: "run", argv: ["grant", "--quiet"] },
    expected: 0,
  },
  {
    name: "user",
    part: "yourself",
    gcloud: [curlWith(printToken)],
    runpass: "runpass curl $RUN_SERVICE",
    act: { kind: "call", token: ["token"] },
    expected: 200,
  },
  {
    name: "impersonationRefused",
    part: "serviceAccount",
    gcloud: [`${printToken} ${asAccount} --audiences $SERVICE_URL`],
    runpass: "runpass token $RUN_SERVICE --as $SERVICE_ACCOUNT",
    act: { kind: "run", argv: ["token", "--as"] },
    expected: 4,
  },
  {
    name: "grantBoth",
    part: "serviceAccount",
    gcloud: [
      "gcloud run services add-iam-policy-binding $RUN_SERVICE --member serviceAccount:$SERVICE_ACCOUNT --role roles/run.invoker",
      `gcloud iam service-accounts add-iam-policy-binding $SERVICE_ACCOUNT --member ${self} --role roles/iam.serviceAccountTokenCreator`,
    ],
    runpass: "runpass grant $RUN_SERVICE --as $SERVICE_ACCOUNT",
    act: { kind: "run", argv: ["grant", "--as", "--quiet"] },
    expected: 0,
  },
  {
    name: "account",
    part: "serviceAccount",
    gcloud: [curlWith(printToken, asAccount, "--audiences $SERVICE_URL")],
    runpass: "runpass curl --as $SERVICE_ACCOUNT $RUN_SERVICE",
    act: { kind: "call", token: ["token", "--as"] },
    expected: 200,
  },
  {
    name: "wrongAudience",
    part: "serviceAccount",
    gcloud: [curlWith(printToken, asAccount, "--audiences https://example.com")],
    runpass: "runpass curl --as $SERVICE_ACCOUNT --audience https://example.com $RUN_SERVICE",
    act: { kind: "call", token: ["token", "--as", "--audience", "https://example.com"] },
    expected: 401,
  },
];
