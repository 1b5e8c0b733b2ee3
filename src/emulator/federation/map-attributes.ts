import { loadCel } from "../../google/cel.ts";
import type { CelOutcome } from "../../google/cel.ts";
import type { MappedIdentity } from "../../google/identity-pool.ts";
import { OAuthFailure } from "../api/oauth-form.ts";
import type { ProviderRecord } from "./records.ts";
import type { SubjectClaims } from "./subject-token.ts";

/** What a provider maps where it does not say. */
export const defaultMapping: Readonly<Record<string, string>> = { "google.subject": "assertion.sub" };

const maxSubjectBytes = 127;

/**
 * Works out who a token stands for, and whether the provider takes them. The same claims give the same identity.
 * Source: IAM documentation, "Workload identity federation", "Attribute mappings" and "Attribute conditions".
 *
 * @throws {OAuthFailure} `invalid_grant` where an attribute has no value; `unauthorized_client` where the condition is not met.
 */
export async function mapAttributes(provider: ProviderRecord, assertion: SubjectClaims): Promise<MappedIdentity> {
  let subject = "";
  let groups: readonly string[] = [];
  const attributes: Record<string, string> = {};
  for (const [name, expression] of Object.entries(provider.attributeMapping)) {
    const outcome = await evaluate(expression, { assertion });
    const value = "value" in outcome ? outcome.value : undefined;
    if (name === "google.groups" && isTexts(value)) groups = value;
    else if (name !== "google.groups" && typeof value === "string" && value !== "") {
      if (name === "google.subject") subject = value;
      else attributes[name.slice("attribute.".length)] = value;
    } else {
      throw new OAuthFailure("invalid_grant", `Could not obtain a value for ${name} from the given credential.`);
    }
  }
  if (Buffer.byteLength(subject) > maxSubjectBytes) {
    throw new OAuthFailure(
      "invalid_grant",
      "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.",
    );
  }
  const { attributeCondition } = provider;
  if (attributeCondition !== undefined) {
    const variables = { assertion, google: { subject, groups }, attribute: attributes };
    const outcome = await evaluate(attributeCondition, variables);
    if (!("value" in outcome) || outcome.value !== true) {
      throw new OAuthFailure("unauthorized_client", "The given credential is rejected by the attribute condition.");
    }
  }
  return { subject, groups, attributes };
}

/** The usual expression needs no evaluator, which takes a tenth of a second to load. */
async function evaluate(expression: string, variables: Readonly<Record<string, unknown>>): Promise<CelOutcome> {
  if (expression === defaultMapping["google.subject"]) {
    return { value: (variables["assertion"] as SubjectClaims)["sub"] };
  }
  const parsed = (await loadCel()).parse(expression);
  return typeof parsed === "string" ? { error: parsed } : parsed.evaluate(variables);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
