import type { Question, Situation } from "./situation.ts";
import type { Stage } from "./stage.ts";

const json = { "content-type": "application/json; charset=UTF-8" };
const asSelf =
  (url: (stage: Stage) => string, body?: (stage: Stage) => object) =>
  async (stage: Stage): Promise<Question> => ({
    url: url(stage),
    headers: [await stage.asSelf()],
    ...(body ? { method: "POST", body: body(stage) } : {}),
  });
const asOutsider =
  (url: (stage: Stage) => string, body?: (stage: Stage) => object) =>
  async (stage: Stage): Promise<Question> => ({
    url: url(stage),
    headers: [["Authorization", `Bearer ${await stage.accessToken("outsider")}`]],
    ...(body ? { method: "POST", body: body(stage) } : {}),
  });

const signIn = "See https://developers.google.com/identity/sign-in/web/devconsole-project.";
const accounts = (stage: Stage): string => `https://iam.googleapis.com/v1/projects/${stage.project}/serviceAccounts`;
const services = (stage: Stage): string =>
  `https://run.googleapis.com/v2/projects/${stage.project}/locations/${stage.region}/services`;
const knative = (stage: Stage): string =>
  `https://${stage.region}-run.googleapis.com/apis/serving.knative.dev/v1/namespaces/${stage.project}/services`;
const denied = (permission: string): object => ({
  error: {
    code: 403,
    details: [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        domain: "iam.googleapis.com",
        metadata: { permission },
        reason: "IAM_PERMISSION_DENIED",
      },
    ],
    message: `Permission '${permission}' denied on resource (or it may not exist).`,
    status: "PERMISSION_DENIED",
  },
});
const wrong = { status: 400, headers: json, body: /"status":"INVALID_ARGUMENT"/ } as const;

/** Cloud Run's own API. */
const run: readonly Situation[] = [
  {
    name: "an API without a token: 401",
    ask: (stage) => ({ url: services(stage) }),
    expect: { status: 401, headers: json, body: /"message":"Request is missing required authentication credential\./ },
  },
  {
    name: "an API with a token that is none: 401",
    ask: (stage) => ({ url: services(stage), headers: [["Authorization", "Bearer nonsense"]] }),
    expect: {
      status: 401,
      headers: json,
      body: {
        error: {
          code: 401,
          details: [
            {
              "@type": "type.googleapis.com/google.rpc.ErrorInfo",
              domain: "googleapis.com",
              metadata: { method: "google.cloud.run.v2.Services.ListServices", service: "run.googleapis.com" },
              reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            },
          ],
          message: `Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. ${signIn}`,
          status: "UNAUTHENTICATED",
        },
      },
    },
  },
  {
    name: "a service that is not there: 404, by v2",
    ask: asSelf((stage) => `${stage.admin("private")}-none`),
    expect: {
      status: 404,
      headers: json,
      body: {
        error: {
          code: 404,
          message:
            "Resource 'runpass-live-SUFFIX-private-none' of kind 'SERVICE' in region 'REGION' in project 'PROJECT' does not exist.",
          status: "NOT_FOUND",
        },
      },
    },
  },
  {
    name: "a service that one may not see: 403, by v1",
    ask: asOutsider((stage) => `${knative(stage)}/runpass-live-${stage.suffix}-private`),
    expect: {
      status: 403,
      headers: json,
      body: /"message":"Permission 'run\.services\.get' denied on resource 'namespaces\/PROJECT\/services\/runpass-live-SUFFIX-private' \(or resource may not exist\)\."/,
    },
  },
  {
    name: "a service whose name is taken: 409 (a guess: field-texts)",
    ask: asSelf(
      (stage) => `${services(stage)}?serviceId=runpass-live-${stage.suffix}-private`,
      () => ({ template: { containers: [{ image: "us-docker.pkg.dev/cloudrun/container/hello" }] } }),
    ),
    expect: { status: 409, headers: json, body: /"status":"ALREADY_EXISTS"/ },
  },
  {
    name: "a service without a container: 400 (a guess: field-texts)",
    ask: asSelf(
      (stage) => `${services(stage)}?serviceId=runpass-live-${stage.suffix}-none`,
      () => ({ template: { containers: [] } }),
    ),
    expect: wrong,
  },
  {
    name: "a change of a service by an etag that has passed: 409 (a guess: write-conflict-v2)",
    ask: async (stage) => ({
      method: "PATCH",
      url: `${stage.admin("inside")}?updateMask=description`,
      headers: [await stage.asSelf()],
      body: { description: "never", etag: '"old"' },
    }),
    expect: { status: 409, headers: json, body: /"status":"ABORTED"/ },
  },
];

/** Accounts and their tokens. */
const iam: readonly Situation[] = [
  {
    name: "an account that is not there: 404",
    ask: asSelf((stage) => `${accounts(stage)}/none-${stage.suffix}@${stage.project}.iam.gserviceaccount.com`),
    expect: { status: 404, headers: json, body: /"message":"Unknown service account"/ },
  },
  {
    name: "an account whose name is taken: 409",
    ask: asSelf(accounts, (stage) => ({ accountId: `runpass-live-${stage.suffix}-caller` })),
    expect: {
      status: 409,
      headers: json,
      body: /"message":"Service account runpass-live-SUFFIX-caller already exists within project projects\/PROJECT\."/,
    },
  },
  {
    name: "an account id that is too short: 400 (a guess: iam-texts)",
    ask: asSelf(accounts, () => ({ accountId: "a" })),
    expect: wrong,
  },
  {
    name: "an ID token of an account that one may not act as: 403, and which permission",
    ask: asOutsider(
      (stage) => `${stage.credentials("caller")}:generateIdToken`,
      (stage) => ({ audience: stage.url("private") }),
    ),
    expect: { status: 403, headers: json, body: denied("iam.serviceAccounts.getOpenIdToken") },
  },
  {
    name: "an access token of an account that one may not act as: 403, and which permission",
    ask: asOutsider(
      (stage) => `${stage.credentials("caller")}:generateAccessToken`,
      () => ({ scope: ["https://www.googleapis.com/auth/cloud-platform"] }),
    ),
    expect: { status: 403, headers: json, body: denied("iam.serviceAccounts.getAccessToken") },
  },
  {
    name: "a delegation through an account that one may not act as: 403 (a guess: delegation-permission)",
    ask: asOutsider(
      (stage) => `${stage.credentials("caller")}:generateIdToken`,
      (stage) => ({ audience: "a", delegates: [`projects/-/serviceAccounts/${stage.email("caller")}`] }),
    ),
    expect: { status: 403, headers: json, body: denied("iam.serviceAccounts.implicitDelegation") },
  },
  {
    name: "an ID token of an account that is not there: 404",
    ask: asSelf(
      (stage) => `${stage.credentials("caller").replace("-caller@", "-nobody@")}:generateIdToken`,
      () => ({ audience: "a" }),
    ),
    expect: { status: 404, headers: json, body: /"message":"Not found; Gaia id not found for email EMAIL"/ },
  },
  {
    name: "an ID token without an audience: 400 (a guess: iam-texts)",
    ask: asSelf(
      (stage) => `${stage.credentials("caller")}:generateIdToken`,
      () => ({}),
    ),
    expect: wrong,
  },
  {
    name: "an access token for a scope that is none: 400",
    ask: asSelf(
      (stage) => `${stage.credentials("caller")}:generateAccessToken`,
      () => ({ scope: ["nonsense"] }),
    ),
    expect: { ...wrong, body: /"message":"Request contains an invalid argument\."/ },
  },
  {
    name: "an access token for two hours: 400 (a guess: iam-texts)",
    ask: asSelf(
      (stage) => `${stage.credentials("caller")}:generateAccessToken`,
      () => ({ scope: ["https://www.googleapis.com/auth/cloud-platform"], lifetime: "7200s" }),
    ),
    expect: wrong,
  },
  {
    name: "a JWT that is good for thirteen hours: 400 (a guess: iam-texts)",
    ask: asSelf(
      (stage) => `${stage.credentials("caller")}:signJwt`,
      () => ({ payload: JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 13 * 3600 }) }),
    ),
    expect: wrong,
  },
  {
    name: "an ID token of a disabled account: 400 (a guess: disabled-account)",
    ask: asSelf(
      (stage) => `${stage.credentials("disabled")}:generateIdToken`,
      () => ({ audience: "a" }),
    ),
    expect: { status: 400, headers: json, body: /"status":"FAILED_PRECONDITION"/ },
  },
  {
    name: "a token whose scopes do not open the API: 403",
    ask: async (stage) => {
      const scope = "https://www.googleapis.com/auth/userinfo.email";
      return {
        method: "POST",
        url: `${stage.credentials("caller")}:generateIdToken`,
        headers: [["Authorization", `Bearer ${await stage.accessToken("caller", scope)}`]],
        body: { audience: "a" },
      };
    },
    expect: {
      status: 403,
      headers: json,
      body: {
        error: {
          code: 403,
          details: [
            {
              "@type": "type.googleapis.com/google.rpc.ErrorInfo",
              domain: "googleapis.com",
              metadata: {
                method: "google.iam.credentials.v1.IAMCredentials.GenerateIdToken",
                service: "iamcredentials.googleapis.com",
              },
              reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            },
          ],
          message: "Request had insufficient authentication scopes.",
          status: "PERMISSION_DENIED",
        },
      },
    },
  },
  {
    name: "a project that one may not see: 403 (a guess: unknown-project)",
    ask: asOutsider((stage) => `https://cloudresourcemanager.googleapis.com/v1/projects/${stage.project}`),
    expect: { status: 403, headers: json, body: /"message":"The caller does not have permission"/ },
  },
];

const post = (url: string, form: Readonly<Record<string, string>>) => (): Question => ({ method: "POST", url, form });
const token = "https://oauth2.googleapis.com/token";
const exchange = "https://sts.googleapis.com/v1/token";
const tokenExchange = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
  subject_token: "nonsense",
  scope: "https://www.googleapis.com/auth/cloud-platform",
  audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/none/providers/none",
};

/** Google's OAuth endpoints, as far as nothing secret is needed. */
const oauth: readonly Situation[] = [
  {
    name: "a grant type that there is not: 400",
    ask: post(token, { grant_type: "nonsense" }),
    expect: {
      status: 400,
      headers: json,
      body: { error: "unsupported_grant_type", error_description: "Invalid grant_type: nonsense" },
    },
  },
  {
    name: "an OAuth client that nobody knows: 401",
    ask: post(token, {
      grant_type: "refresh_token",
      refresh_token: "nonsense",
      client_id: "nobody",
      client_secret: "x",
    }),
    expect: {
      status: 401,
      headers: json,
      body: { error: "invalid_client", error_description: "The OAuth client was not found." },
    },
  },
  {
    name: "what is told of a token that is none: 400",
    ask: () => ({ url: "https://oauth2.googleapis.com/tokeninfo?access_token=nonsense" }),
    expect: {
      status: 400,
      headers: json,
      body: { error: "invalid_token", error_description: "Invalid Value" },
    },
  },
  {
    name: "a token revoked that is none: 400",
    ask: post("https://oauth2.googleapis.com/revoke?token=nonsense", {}),
    expect: {
      status: 400,
      headers: json,
      body: { error: "invalid_token", error_description: "Token expired or revoked" },
    },
  },
  {
    name: "a token exchange with a pool that is not there: 400",
    ask: post(exchange, tokenExchange),
    expect: {
      status: 400,
      headers: json,
      body: {
        error: "invalid_target",
        error_description:
          'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.',
      },
    },
  },
];

export const apiSituations: readonly Situation[] = [...run, ...iam, ...oauth];
