import type { Answer } from "../core/context.ts";

/**
 * Who has answered in the place of both Google's front end and the app. Source: Identity-Aware Proxy's answers as observed; RFC
 * 9110 section 15.5.8; Squid, Zscaler and others name themselves.
 */
export function whoStandsBefore(status: number, headers: Answer["headers"]): "IAP" | "proxy" | undefined {
  if (headers.has("x-goog-iap-generated-response")) return "IAP";
  const isProxys =
    status === 407 ||
    headers.has("proxy-authenticate") ||
    headers.has("x-squid-error") ||
    /^(?:squid|zscaler|bluecoat|fortinet|mcafee web gateway)\b/i.test(headers.get("server") ?? "");
  return isProxys ? "proxy" : undefined;
}
