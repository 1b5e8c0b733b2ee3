import type { Context } from "../core/context.ts";
import { stsTokenUrl } from "../google/sts.ts";
import type { Credential } from "./credential.ts";
import { createExternalAccount } from "./external-account.ts";
import { endpoint, invalid, isFields, optionalText, textReader } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";
import { createImpersonatedAccount } from "./impersonated-account.ts";
import { parseImpersonationUrl } from "./impersonation-url.ts";
import { parseSubjectSource } from "./subject-source.ts";

/**
 * An identity of another provider, with a service account to act as or without. Source: AIP-4117, "Workload identity
 * federation" of IAM's documentation.
 */
export function parseExternalAccount(
  context: Context,
  fields: Fields,
  origin: CredentialOrigin,
  fingerprint: string,
): Credential {
  const text = textReader(fields, origin);
  const audience = text("audience");
  const subjectTokenType = text("subject_token_type");
  const target = parseImpersonationUrl(fields, origin);
  const subject = parseSubjectSource(fields, { origin, audience, subjectTokenType, impersonated: target?.account });
  const clientId = optionalText(fields["client_id"]);
  const userProject = optionalText(fields["workforce_pool_user_project"]);
  if (audience.includes("/workforcePools/") && userProject === undefined && clientId === undefined) {
    throw invalid(origin, "it is of a workforce pool and has no workforce_pool_user_project");
  }
  const federated = createExternalAccount(context, {
    origin,
    fingerprint,
    tokenUrl: endpoint(fields, "token_url", stsTokenUrl, origin),
    audience,
    subjectTokenType,
    subject,
    userProject,
    ...(clientId === undefined
      ? {}
      : { client: { id: clientId, secret: optionalText(fields["client_secret"]) ?? "" } }),
    quotaProject: optionalText(fields["quota_project_id"]),
  });
  if (!target) return federated;
  return createImpersonatedAccount(context, {
    kind: "external_account",
    caller: federated,
    chain: [target.account],
    origin: target.origin,
    source: origin.source,
    fingerprint,
    lifetimeSeconds: parseLifetime(fields, origin),
    quotaProject: federated.quotaProject,
  });
}

function parseLifetime(fields: Fields, origin: CredentialOrigin): number | undefined {
  const { service_account_impersonation: options } = fields;
  const seconds = isFields(options) ? options["token_lifetime_seconds"] : undefined;
  if (seconds === undefined) return undefined;
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= 600 && seconds <= 43_200) return seconds;
  throw invalid(origin, "its token_lifetime_seconds is not between 600 and 43200");
}
