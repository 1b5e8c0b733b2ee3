import { createHmac } from "node:crypto";
import { equalSecrets } from "../http/guard.ts";
import type { HttpRequest } from "../http/message.ts";

const cookieName = "runpass_proxy";

/** A secret that requests to us must bring: as a bearer, or as a cookie that was given for it. */
export interface LocalSecret {
  /** How a request proved to know it, or `undefined` where it did not. */
  provenBy(request: HttpRequest): "authorization" | "header" | "cookie" | undefined;
  /** Whether this is the secret, in a time that does not tell how near it came. */
  isSecret(text: string): boolean;
  /** The `Set-Cookie` for a browser that has given the secret. */
  cookie(isSecure: boolean): string;
}

/** The cookie holds a value made from the secret, not the secret: cookies go to every port of a host. */
export function createLocalSecret(secret: string): LocalSecret {
  const cookieValue = createHmac("sha256", secret).update("runpass proxy cookie 1").digest("base64url");
  return {
    provenBy: (request) => {
      const { authorization, cookie, "x-runpass-secret": header } = request.headers;
      const bearer = /^bearer +(.*)$/i.exec(authorization ?? "")?.[1];
      if (bearer !== undefined && equalSecrets(bearer, secret)) return "authorization";
      if (typeof header === "string" && equalSecrets(header, secret)) return "header";
      const given = cookieNamed(cookie ?? "");
      return given !== undefined && equalSecrets(given, cookieValue) ? "cookie" : undefined;
    },
    isSecret: (text) => equalSecrets(text, secret),
    cookie: (isSecure) =>
      `${cookieName}=${cookieValue}; Path=/; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`,
  };
}

function cookieNamed(header: string): string | undefined {
  for (const pair of header.split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === cookieName) return value;
  }
  return undefined;
}

/** A `Cookie` field without ours; empty where it was the only one. */
export function withoutOwnCookie(header: string): string {
  if (!header.includes(cookieName)) return header;
  return header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => !pair.startsWith(`${cookieName}=`))
    .join("; ");
}
