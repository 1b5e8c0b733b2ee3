import {
  account,
  accountWith,
  dev,
  email,
  has,
  idTokenCreator,
  invoker,
  mayCall,
  viewer,
  when,
  worldOf,
} from "./worlds.ts";
import type { Situation } from "./worlds.ts";

const tokenCreator = "roles/iam.serviceAccountTokenCreator";
const middle = `serviceAccount:${email("middle")}`;
const chain = `${email("middle")},${email("invoker")}`;
const host = "my-service-123456789012.us-central1.run.app";
const asAccount = ["--as", "invoker"];

/** Everything else on the way: service, account, token, credentials, time. */
export const otherSituations: Readonly<Record<string, Situation>> = {
  "a service that does not exist": { words: ["no-such-service"], cause: "service", exitCode: 5 },
  "a misspelt service": { words: ["my-servce"], cause: "service", exitCode: 5, verdict: /no service my-servce/i },
  "the wrong region": { words: ["my-service@europe-west1"], cause: "service", exitCode: 5 },
  "addresses switched off": {
    world: worldOf({ service: { ...mayCall.service, defaultUriDisabled: true } }),
    cause: "service",
    exitCode: 5,
    verdict: /switched off/,
  },
  "internal traffic only": {
    world: worldOf({ service: { ...mayCall.service, ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }),
    cause: "ingress",
    exitCode: 7,
  },
  "load balancers only": {
    world: worldOf({ service: { ...mayCall.service, ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" } }),
    cause: "ingress",
    exitCode: 7,
  },
  "internal only, and no role": {
    world: worldOf({ service: { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }),
    cause: "ingress",
    exitCode: 7,
  },
  "a reserved path": {
    world: worldOf(mayCall),
    words: ["my-service/_ah/warmup"],
    cause: "call",
    exitCode: 7,
    verdict: /404/,
  },
  "the path that Google keeps for itself": {
    world: worldOf(mayCall),
    words: ["my-service/healthz"],
    cause: "call",
    exitCode: 7,
  },
  "an account that one may not act as": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    grants: [[idTokenCreator, dev]],
  },
  "an account that may not call": {
    world: worldOf({}, accountWith(has(idTokenCreator, dev))),
    words: ["my-service", ...asAccount],
    cause: "policy",
    exitCode: 4,
    grants: [[invoker, account]],
  },
  "both halves missing": {
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    grants: [
      [invoker, account],
      [idTokenCreator, dev],
    ],
  },
  "an account that does not exist": {
    words: ["my-service", "--as", "nobody-here"],
    cause: "impersonation",
    exitCode: 5,
  },
  "a disabled account": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      { ...accountWith(has(idTokenCreator, dev))[0]!, state: "disabled" },
    ]),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 3,
  },
  "a deleted account": {
    world: worldOf({}, [{ ...accountWith()[0]!, state: "deleted" }]),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 5,
  },
  "a chain whose first link is missing": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      ...accountWith(has("roles/iam.serviceAccountTokenCreator", `serviceAccount:${email("middle")}`)),
      { id: "middle", project: "demo-project" },
    ]),
    words: ["my-service", "--as", chain],
    cause: "impersonation",
    exitCode: 4,
    grants: [[tokenCreator, dev]],
  },
  "a whole chain": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      ...accountWith(has("roles/iam.serviceAccountTokenCreator", `serviceAccount:${email("middle")}`)),
      { id: "middle", project: "demo-project", bindings: [has("roles/iam.serviceAccountTokenCreator", dev)] },
    ]),
    words: ["my-service", "--as", `${email("middle")},${email("invoker")}`],
    cause: undefined,
    exitCode: 0,
  },
  "another audience, as an account": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, accountWith(has(idTokenCreator, dev))),
    words: ["my-service", ...asAccount, "--audience", "https://example.com"],
    cause: "audience",
    exitCode: 7,
  },
  "a custom audience": {
    world: worldOf(
      { service: { bindings: [has(invoker, account)], customAudiences: ["https://api.example.com"] } },
      accountWith(has(idTokenCreator, dev)),
    ),
    words: ["my-service", ...asAccount, "--audience", "https://api.example.com"],
    cause: undefined,
    exitCode: 0,
  },
  "another audience, as a person": {
    world: worldOf(mayCall),
    words: ["my-service", "--audience", "https://example.com"],
    cause: "token",
    exitCode: 3,
  },
  "Application Default Credentials": {
    world: worldOf(mayCall),
    words: ["my-service", "--credentials", "adc"],
    cause: "audience",
    exitCode: 7,
    verdict: /not certain/,
  },
  "nobody logged in": {
    options: { variables: { CLOUDSDK_CONFIG: "/nonexistent", RUNPASS_CREDENTIALS: "gcloud" } },
    cause: "credentials",
    exitCode: 3,
  },
  "an account that gcloud does not know": {
    words: ["my-service", "--account", "stranger@example.com"],
    cause: "credentials",
    exitCode: 3,
  },
  "a user who was disabled": {
    world: {
      ...worldOf(mayCall),
      users: [{ email: "dev@example.com", state: "disabled" }, { email: "admin@example.com" }],
    },
    cause: "credentials",
    exitCode: 3,
  },
  "a user who was deleted": {
    world: {
      ...worldOf(mayCall),
      users: [{ email: "dev@example.com", state: "deleted" }, { email: "admin@example.com" }],
    },
    cause: "credentials",
    exitCode: 3,
  },
  "no rights to do anything about it": {
    world: worldOf({ project: { bindings: [viewer] }, organization: { bindings: [] } }),
    cause: "call",
    exitCode: 7,
  },
  "what Google answers for an API that fails": {
    world: {
      ...worldOf({ service: { bindings: [has(invoker, account)] } }, accountWith(has(idTokenCreator, dev))),
      trouble: { faults: [{ api: "iamcredentials.googleapis.com", status: 500 }] },
    },
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 6,
  },
  "a grant that has not arrived": {
    world: { ...worldOf(), trouble: { propagationSeconds: 300 } },
    before: (line) => line.runpass(["grant", "my-service"]),
    cause: "propagation",
    exitCode: 7,
  },
  "a service perimeter around Cloud Run's API": {
    world: {
      ...worldOf(mayCall),
      trouble: { faults: [{ api: "run.googleapis.com", reason: "SECURITY_POLICY_VIOLATED" }] },
    },
    cause: "service",
    exitCode: 4,
    verdict: /because of VPC Service Controls: .* out of run\.googleapis\.com: .*vpcServiceControlsUniqueIdentifier/,
  },
  "a service perimeter around IAM Credentials": {
    world: {
      ...worldOf({ service: { bindings: [has(invoker, account)] } }, accountWith(has(idTokenCreator, dev))),
      trouble: { faults: [{ api: "iamcredentials.googleapis.com", reason: "SECURITY_POLICY_VIOLATED" }] },
    },
    words: asAccount,
    cause: "impersonation",
    exitCode: 4,
    verdict: /because of VPC Service Controls: .* out of iamcredentials\.googleapis\.com/,
  },
  "a service perimeter around what is above": {
    world: {
      ...worldOf(mayCall),
      trouble: { faults: [{ api: "cloudresourcemanager.googleapis.com", reason: "SECURITY_POLICY_VIOLATED" }] },
    },
    cause: undefined,
    exitCode: 0,
  },
  "a chain whose second link is missing": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      ...accountWith(),
      { id: "middle", project: "demo-project", bindings: [has(tokenCreator, dev)] },
    ]),
    words: ["my-service", "--as", chain],
    cause: "impersonation",
    exitCode: 4,
    grants: [[idTokenCreator, middle]],
  },
  "a chain of which all is missing, and the role too": {
    world: worldOf({}, [...accountWith(), { id: "middle", project: "demo-project" }]),
    words: ["my-service", "--as", chain],
    cause: "impersonation",
    exitCode: 4,
    grants: [
      [invoker, account],
      [tokenCreator, dev],
      [idTokenCreator, middle],
    ],
  },
  "a chain whose first link leads to ID tokens only": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, [
      ...accountWith(has(tokenCreator, middle)),
      { id: "middle", project: "demo-project", bindings: [has(idTokenCreator, dev)] },
    ]),
    words: ["my-service", "--as", chain],
    cause: "impersonation",
    exitCode: 4,
    verdict: /lacks iam\.serviceAccounts\.implicitDelegation on middle@/,
    grants: [[tokenCreator, dev]],
  },
  "a role on the account that has ended": {
    world: worldOf(
      { service: { bindings: [has(invoker, account)] } },
      accountWith({ ...has(idTokenCreator, dev), condition: when('request.time < timestamp("2020-01-01T00:00:00Z")') }),
    ),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    grants: [[idTokenCreator, dev]],
  },
  "a deny policy against acting as accounts": {
    world: worldOf(
      {
        service: { bindings: [has(invoker, account)] },
        organization: {
          denyPolicies: [
            {
              id: "no-minting",
              rules: [
                {
                  denyRule: {
                    deniedPrincipals: ["principal://goog/subject/dev@example.com"],
                    deniedPermissions: ["iam.googleapis.com/serviceAccounts.getOpenIdToken"],
                  },
                },
              ],
            },
          ],
        },
      },
      accountWith(has(idTokenCreator, dev)),
    ),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    verdict: /no-minting.* denies iam\.serviceAccounts\.getOpenIdToken/,
  },
  "a role on the account that has not arrived": {
    world: {
      ...worldOf({ service: { bindings: [has(invoker, account)] } }),
      trouble: { propagationSeconds: 300 },
    },
    before: (line) => line.runpass(["grant", email("invoker")]),
    words: ["my-service", ...asAccount],
    cause: "propagation",
    exitCode: 7,
    verdict: /IAM does not yet/,
  },
  "a disabled account that may not call either": {
    world: worldOf({}, [{ ...accountWith(has(idTokenCreator, dev))[0]!, state: "disabled" }]),
    words: ["my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 3,
  },
  "another audience, of an account that may not call": {
    world: worldOf({}, accountWith(has(idTokenCreator, dev))),
    words: ["my-service", ...asAccount, "--audience", "https://example.com"],
    cause: "audience",
    exitCode: 7,
  },
  "internal traffic only, and nobody may be acted as": {
    world: worldOf({ service: { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }),
    words: ["my-service", ...asAccount],
    cause: "ingress",
    exitCode: 7,
  },
  "a service by its project's number": {
    words: ["projects/123456789012/locations/us-central1/services/my-service", ...asAccount],
    cause: "impersonation",
    exitCode: 4,
    grants: [
      [invoker, account],
      [idTokenCreator, dev],
    ],
  },
  "the address of a tag": {
    world: worldOf({ service: { ...mayCall.service, tags: ["next"] } }),
    words: [`https://next---${host}`],
    cause: undefined,
    exitCode: 0,
  },
  "the address of a tag that does not exist": {
    world: worldOf({ service: { ...mayCall.service, tags: ["next"] } }),
    words: [`https://nowhere---${host}`],
    cause: "address",
    exitCode: 7,
    verdict: /is no address of the service/,
  },
  "the address of another region": {
    world: worldOf(mayCall),
    words: ["https://my-service-123456789012.europe-west1.run.app"],
    cause: "service",
    exitCode: 5,
  },
  "a domain of one's own": {
    world: worldOf(mayCall),
    words: ["https://api.example.com"],
    cause: "service",
    exitCode: 5,
    verdict: /has the address https:\/\/api\.example\.com/,
  },
  "a service in the clear": {
    world: worldOf(mayCall),
    words: ["http://api.example.com"],
    cause: "service",
    exitCode: 5,
  },
  "a proxy that is not there": {
    world: worldOf(mayCall),
    options: { variables: { HTTPS_PROXY: "http://127.0.0.1:1", https_proxy: undefined }, pause: async () => {} },
    cause: "network",
    exitCode: 6,
    verdict: /the proxy http:\/\/127\.0\.0\.1:1 takes no connections/,
  },
  "certificates that this machine does not trust": {
    world: worldOf(mayCall),
    options: { variables: { NODE_EXTRA_CA_CERTS: undefined, CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: undefined } },
    cause: "network",
    exitCode: 6,
    verdict: /signed by nobody whom this machine trusts/,
  },
  "a clock that is behind, and a token that has ended meanwhile": {
    world: worldOf({ service: { bindings: [has(invoker, account)] } }, accountWith(has(idTokenCreator, dev))),
    words: ["my-service", ...asAccount],
    before: async (line) => {
      await line.runpass(["token", "my-service", ...asAccount]);
      line.emulator.clock.advanceMs(2 * 3_600_000);
    },
    options: { aheadMs: -2 * 3_600_000 },
    cause: "clock",
    exitCode: 3,
    verdict: /this machine's clock is 7200 s behind/,
  },
};
