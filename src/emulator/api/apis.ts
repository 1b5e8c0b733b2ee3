import { cloudIdentityHost } from "../../google/cloud-identity.ts";
import { iamCredentialsHost } from "../../google/iam-credentials.ts";
import { iamHost } from "../../google/iam.ts";
import { orgPolicyHost } from "../../google/org-policy.ts";
import { resourceManagerHost } from "../../google/resource-manager.ts";
import { cloudAssetHost } from "../../google/policy-analyzer.ts";
import { policyTroubleshooterHost } from "../../google/policy-troubleshooter.ts";
import { privilegedAccessHost } from "../../google/privileged-access.ts";
import { runHost } from "../../google/run-v2.ts";
import { stsHost } from "../../google/sts.ts";
import { httpStatusOf } from "../../google/status.ts";
import type { ErrorBody } from "../../google/status.ts";
import { testIssuerEndpoints, testIssuerHost } from "../federation/test-issuer.ts";
import type { State } from "../state/state.ts";
import { authorizeEndpoints } from "./authorize.ts";
import { answerBatch, isBatch, isBatchPath } from "./batch.ts";
import { authenticate } from "./caller.ts";
import { cloudIdentityMethods } from "./cloud-identity.ts";
import { copyCodeEndpoints } from "./copy-code.ts";
import { denyPolicyMethods } from "./deny-policies.ts";
import { deviceEndpoints } from "./device.ts";
import { iamAccountMethods } from "./iam-accounts.ts";
import { iamCredentialsMethods } from "./iam-credentials.ts";
import { iamKeyMethods } from "./iam-keys.ts";
import { iamPredefinedRoleMethods } from "./iam-predefined-roles.ts";
import { iamRoleMethods } from "./iam-roles.ts";
import { lintPolicyMethods } from "./lint-policy.ts";
import type { ApiMethod, PlainEndpoint } from "./method.ts";
import { infoEndpoints } from "./oauth-info.ts";
import { tokenEndpoints } from "./oauth-token.ts";
import { documentEndpoints } from "./oidc-documents.ts";
import { orgPolicyMethods } from "./org-policies.ts";
import { policyAnalyzerMethods } from "./policy-analyzer.ts";
import { policyTroubleshooterMethods } from "./policy-troubleshooter.ts";
import { privilegedAccessMethods } from "./privileged-access.ts";
import { resourceFolderMethods } from "./resource-folders.ts";
import { resourceManagerMethods } from "./resource-manager.ts";
import { parseJsonBody, readMessage } from "./request-message.ts";
import { ApiFailure } from "./route.ts";
import type { ApiAnswer, ApiCall } from "./route.ts";
import { runLocationMethods } from "./run-locations.ts";
import { runOperationMethods } from "./run-operations.ts";
import { runV1RevisionMethods } from "./run-v1-revisions.ts";
import { runV1Methods } from "./run-v1.ts";
import { runV2RevisionMethods } from "./run-v2-revisions.ts";
import { runV2Methods } from "./run-v2.ts";
import { serviceUsageMethods } from "./service-usage.ts";
import { stsEndpoints } from "./sts.ts";
import { readMethodOverride, shapeAnswer } from "./system-parameters.ts";
import { tagBindingMethods } from "./tag-bindings.ts";
import { tagMethods } from "./tags.ts";
import { compileTemplate, decodePath } from "./template.ts";
import type { PathVariables } from "./template.ts";
import { usualHost } from "./usual-host.ts";

/** The emulated APIs behind one function. */
export interface Apis {
  /** Whether a host is one of theirs: `iam.googleapis.com`, `us-central1-run.googleapis.com`. */
  isApiHost(host: string): boolean;
  /** The API that a path belongs to where no host tells: on the emulator's own address. */
  apiHostOfPath(path: string): string | undefined;
  answer(call: ApiCall): Promise<ApiAnswer>;
}

const serviceUsageHost = "serviceusage.googleapis.com";
const oauthHosts = [
  "oauth2.googleapis.com",
  "accounts.google.com",
  "www.googleapis.com",
  "openidconnect.googleapis.com",
  "sdk.cloud.google.com",
  "www.google.com",
];

/**
 * The methods of each API by host. Where only the path tells, the first that has it answers: `/v1/projects/P/locations/…` is
 * Cloud Run, `/v1/projects/P` Resource Manager.
 */
const apis: readonly (readonly [host: string, methods: readonly ApiMethod[]])[] = [
  [iamCredentialsHost, iamCredentialsMethods],
  [
    iamHost,
    [
      ...iamAccountMethods,
      ...iamKeyMethods,
      ...iamRoleMethods,
      ...iamPredefinedRoleMethods,
      ...denyPolicyMethods,
      ...lintPolicyMethods,
    ],
  ],
  [
    runHost,
    [
      ...runV1Methods,
      ...runV1RevisionMethods,
      ...runLocationMethods,
      ...runV2Methods,
      ...runV2RevisionMethods,
      ...runOperationMethods,
    ],
  ],
  [serviceUsageHost, serviceUsageMethods(() => emulatedApis)],
  [resourceManagerHost, [...resourceManagerMethods, ...resourceFolderMethods, ...tagMethods, ...tagBindingMethods]],
  [cloudIdentityHost, cloudIdentityMethods],
  [orgPolicyHost, orgPolicyMethods],
  [policyTroubleshooterHost, policyTroubleshooterMethods],
  [privilegedAccessHost, privilegedAccessMethods],
  [cloudAssetHost, policyAnalyzerMethods],
];

/** What a project can enable of it: STS too, though it is called without an access token. */
const emulatedApis = [...apis.map(([host]) => host), stsHost].toSorted();

interface Compiled<T> {
  readonly httpMethod: string;
  readonly match: (path: string) => PathVariables | undefined;
  readonly target: T;
}

const methodsByHost = new Map(apis.map(([host, methods]) => [host, methods.map(compile)]));
/** What is no API with bearer tokens, by hosts. */
const plainApis: readonly (readonly [hosts: readonly string[], endpoints: readonly PlainEndpoint[]])[] = [
  [
    oauthHosts,
    [
      ...authorizeEndpoints,
      ...copyCodeEndpoints,
      ...deviceEndpoints,
      ...tokenEndpoints,
      ...documentEndpoints,
      ...infoEndpoints,
    ],
  ],
  [[stsHost], stsEndpoints],
  [[testIssuerHost], testIssuerEndpoints],
];
const plain = plainApis.map(([hosts, endpoints]) => ({ hosts, endpoints: endpoints.map(compile) }));

export function createApis(state: State): Apis {
  const created: Apis = {
    isApiHost: (asked) => {
      const host = usualHost(asked);
      return plain.some(({ hosts }) => hosts.includes(host)) || methodsByHost.has(apiOf(host));
    },
    apiHostOfPath: (pathAndQuery) => {
      const path = decodePath(pathAndQuery.split("?", 1)[0] ?? "");
      if (path === undefined) return undefined;
      if (isBatchPath(path)) return "www.googleapis.com"; // where batches of every API were sent once
      const found = plain.find(({ endpoints }) => endpoints.some(({ match }) => match(path)));
      if (found) return found.hosts[0];
      return [...methodsByHost].find(([, methods]) => methods.some(({ match }) => match(path)))?.[0];
    },
    answer: async (sent) => {
      const call = readMethodOverride({ ...sent, host: usualHost(sent.host) });
      const date = new Date(state.clock.nowMs()).toUTCString();
      try {
        const { headers, ...answered } = await (isBatch(call) ? answerBatch(call, answerOneOf) : answer(state, call));
        return { ...answered, headers: { date, ...headers } };
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        const { headers, ...refused } = toAnswer(error);
        return shapeAnswer(call, { ...refused, headers: { date, ...headers } });
      }
    },
  };

  /** A batch holds no batches. At a host of several APIs the path tells which is meant. */
  function answerOneOf(call: ApiCall): Promise<ApiAnswer> {
    const isOneApi = methodsByHost.has(apiOf(call.host));
    const host = isOneApi ? call.host : (created.apiHostOfPath(call.path) ?? call.host);
    return isBatch(call) ? Promise.resolve(toAnswer(unimplemented(call))) : created.answer({ ...call, host });
  }

  return created;
}

async function answer(state: State, call: ApiCall): Promise<ApiAnswer> {
  const path = decodePath(call.path);
  if (path === undefined) throw new ApiFailure("INVALID_ARGUMENT", "The path is not correctly percent-encoded.");
  const endpoints = plain.find(({ hosts }) => hosts.includes(call.host))?.endpoints;
  if (endpoints) {
    const found = find(endpoints, call.method, path);
    if (!found) throw unimplemented(call);
    return found.target.answer(state, call, found.variables);
  }
  const found = find(methodsByHost.get(apiOf(call.host)) ?? [], call.method, path);
  if (!found) throw unimplemented(call);
  const { id, request, handle } = found.target;
  const caller = authenticate(state, call, id);
  const sent = parseJsonBody(call.body);
  const read = request ? readMessage(sent, request) : sent;
  const body = await handle({ state, call, caller, path: found.variables, body: read });
  return shapeAnswer(call, { status: 200, headers: { vary: "Origin, X-Origin, Referer" }, body });
}

/** The API that a regional host belongs to: gcloud binds tags of what has a region at one of Resource Manager's. */
function apiOf(host: string): string {
  return [runHost, resourceManagerHost].find((api) => host.endsWith(`-${api}`)) ?? host;
}

function compile<T extends { readonly route: string }>(target: T): Compiled<T> {
  const [httpMethod = "", template = ""] = target.route.split(" ");
  return { httpMethod, match: compileTemplate(template), target };
}

function find<T>(
  candidates: readonly Compiled<T>[],
  httpMethod: string,
  path: string,
): { readonly target: T; readonly variables: PathVariables } | undefined {
  for (const candidate of candidates) {
    // HEAD is GET without the body, which the server leaves out.
    if (candidate.httpMethod !== (httpMethod === "HEAD" ? "GET" : httpMethod)) continue;
    const variables = candidate.match(path);
    if (variables) return { target: candidate.target, variables };
  }
  return undefined;
}

function unimplemented({ method, host, path }: ApiCall): ApiFailure {
  return new ApiFailure("UNIMPLEMENTED", `The runpass emulator does not implement ${method} https://${host}${path}.`);
}

function toAnswer({ status, message, details }: ApiFailure): ApiAnswer {
  const code = httpStatusOf[status];
  const body: ErrorBody = { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } };
  // Google says which scheme it wants, as RFC 9110 demands of a 401.
  const headers =
    status === "UNAUTHENTICATED" ? { "www-authenticate": 'Bearer realm="https://accounts.google.com/"' } : {};
  return { status: code, headers, body };
}
