import { invalid, isEmail, isSafeEndpoint, optionalText } from "./fields.ts";
import type { CredentialOrigin, Fields } from "./fields.ts";

/** A `service_account_impersonation_url`, taken apart. */
export interface ImpersonationUrl {
  /** E-mail or unique id. */
  readonly account: string;
  /** `https://iamcredentials.googleapis.com`, or where else the API is. */
  readonly origin: string;
}

/**
 * Reads `service_account_impersonation_url`: `https://HOST/v1/projects/-/serviceAccounts/ACCOUNT:generateAccessToken`.
 *
 * @returns `undefined` where there is none.
 * @throws {RunpassError} `credentials_invalid`
 */
export function parseImpersonationUrl(fields: Fields, origin: CredentialOrigin): ImpersonationUrl | undefined {
  const name = "service_account_impersonation_url";
  const text = optionalText(fields[name]);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const path = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/;
  const [, encoded = ""] = path.exec(url?.pathname ?? "") ?? [];
  const account = decode(encoded);
  if (url === null || !isSafeEndpoint(text) || !(isEmail(account) || /^\d+$/.test(account))) {
    throw invalid(
      origin,
      `its ${name} is not of the form https://HOST/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken`,
    );
  }
  return { account, origin: url.origin };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return ""; // a stray percent sign: no account
  }
}
