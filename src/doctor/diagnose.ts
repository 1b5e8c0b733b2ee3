import { createEvaluator } from "../access/effective.ts";
import type { Effective, Evaluator } from "../access/effective.ts";
import { readLevels } from "../access/levels.ts";
import type { Context } from "../core/context.ts";
import { RunpassError } from "../core/errors.ts";
import type { Credential } from "../credentials/credential.ts";
import type { NetworkOptions } from "../http/fetch.ts";
import { findService } from "../run/find-service.ts";
import type { FoundService } from "../run/found-service.ts";
import type { ServiceTarget, UrlTarget } from "../run/target.ts";
import { getIdToken } from "../tokens/id-tokens.ts";
import { callService } from "./call-link.ts";
import type { LiveCall } from "./call-link.ts";
import { failed, notApplicable, passed, unknown } from "./finding.ts";
import type { Diagnosis, Finding } from "./finding.ts";
import { judgePolicy } from "./policy-link.ts";
import { judgeService } from "./service-links.ts";
import { judgeToken } from "./token-links.ts";
import { concludeFrom } from "./verdict.ts";

/** The call that is looked into. */
export interface DiagnoseOptions {
  readonly target: ServiceTarget | UrlTarget;
  /** Path and query of the live request. Default: the target's own. */
  readonly path?: string | undefined;
  readonly project: string | undefined;
  readonly region: string | undefined;
  /** Delegates first, the account to be last. */
  readonly impersonate?: readonly string[] | undefined;
  /** An audience that was asked for, instead of the service's own. */
  readonly audience?: string | undefined;
  readonly credential: () => Promise<Credential>;
  readonly accessToken: () => Promise<string>;
  /** The caller in IAM's form. */
  readonly self: () => Promise<string | undefined>;
  readonly network?: NetworkOptions | undefined;
}

/** Everything that was seen, for the verdict. */
export interface Seen {
  readonly findings: readonly Finding[];
  readonly options: DiagnoseOptions;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly errors: ReadonlyMap<Finding["link"], RunpassError>;
  readonly service?: FoundService | undefined;
  readonly self?: string | undefined;
  /** Who the service sees: the impersonated account, or the caller. */
  readonly caller?: string | undefined;
  readonly effective?: Effective | undefined;
  readonly servicePolicies?: Evaluator | undefined;
  readonly accountPolicies?: Evaluator | undefined;
  readonly live?: LiveCall | undefined;
}

/**
 * Walks the chain from the caller's credentials to the service's answer, stops at nothing, and says what is wrong and what
 * repairs it. Writes nothing; sends one GET to the service.
 *
 * @throws nothing but what is no failure of the call: every error is a finding.
 */
export async function diagnose(context: Context, options: DiagnoseOptions): Promise<Diagnosis> {
  const findings: Finding[] = [];
  const errors = new Map<Finding["link"], RunpassError>();
  const attempt = async <T>(link: Finding["link"], act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof RunpassError)) throw error;
      errors.set(link, error);
      const detail = [error.message, ...(error.why === undefined ? [] : [error.why])].join(": ").replace(/\.$/, "");
      const hidden = link === "service" && error.code === "permission_denied";
      findings.push(hidden ? unknown(link, detail, /run\.services\.\w+/.exec(detail)?.[0]) : failed(link, detail));
      return undefined;
    }
  };

  const credential = await attempt("credentials", options.credential);
  const accessToken = credential && (await attempt("credentials", options.accessToken));
  if (credential && accessToken !== undefined)
    findings.push(passed("credentials", `${credential.source}: they are good`));
  const self = credential && (await options.self().catch(() => undefined)); // asking costs a token, and that is told above
  const target = options.impersonate?.at(-1);
  const caller = target === undefined ? self : `serviceAccount:${target}`;

  const service =
    accessToken === undefined
      ? undefined
      : await attempt("service", async () =>
          findService(context, { ...options, accessToken: async () => accessToken }),
        );
  const origin = options.target.kind === "url" ? options.target.origin : service?.url;
  if (service) {
    findings.push(
      passed("service", `${service.name.service} is in ${service.name.region} of project ${service.name.project}`),
    );
    findings.push(...judgeService(service, origin ?? service.url));
  }

  const audience = options.audience ?? service?.url ?? origin;
  const [token, policies] = await Promise.all([
    credential &&
      attempt(target === undefined ? "token" : "impersonation", async () =>
        mint(context, options, credential, audience),
      ),
    accessToken === undefined ? undefined : readPolicies(context, service, target, accessToken),
  ]);
  if (target === undefined) findings.push(notApplicable("impersonation", "the call is made as oneself"));
  else if (token !== undefined)
    findings.push(passed("impersonation", `${self ?? "the caller"} may make ID tokens of ${target}`));
  if (token !== undefined) findings.push(...judgeToken(token, service, audience));

  const effective =
    caller === undefined || !service
      ? undefined
      : policies?.service?.decide({ member: caller }, "run.routes.invoke", context.clock.nowMs());
  if (service?.invokerIamDisabled) findings.push(notApplicable("policy", "the invoker check is off"));
  else if (effective && caller !== undefined && service)
    findings.push(judgePolicy(caller, service.name.service, effective));

  const live =
    origin === undefined
      ? undefined
      : await callService(context, origin + (options.path ?? options.target.path), token);
  if (live) findings.push(...live.findings);
  return concludeFrom({
    findings,
    options,
    nowMs: context.clock.nowMs(),
    errors,
    service,
    self,
    caller,
    effective,
    live,
    servicePolicies: policies?.service,
    accountPolicies: policies?.account,
  });
}

async function mint(
  context: Context,
  options: DiagnoseOptions,
  credential: Credential,
  audience: string | undefined,
): Promise<string> {
  const { impersonate, network } = options;
  const canChoose = impersonate !== undefined || credential.canChooseAudience;
  const request = { credential, impersonate, network, audience: canChoose ? audience : options.audience };
  return (await getIdToken(context, request)).token;
}

/** Policies of the service and of the account to act as, each with what is above it. */
async function readPolicies(
  context: Context,
  service: FoundService | undefined,
  account: string | undefined,
  accessToken: string,
): Promise<{ readonly service?: Evaluator; readonly account?: Evaluator }> {
  const evaluatorOf = async (resource: Parameters<typeof readLevels>[1]): Promise<Evaluator> =>
    createEvaluator(await readLevels(context, resource, accessToken));
  const [ofService, ofAccount] = await Promise.all([
    service && evaluatorOf({ kind: "service", name: service.name }),
    account === undefined ? undefined : evaluatorOf({ kind: "account", email: account }),
  ]);
  return { ...(ofService ? { service: ofService } : {}), ...(ofAccount ? { account: ofAccount } : {}) };
}
