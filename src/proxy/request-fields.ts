import { endToEndHeaders } from "../http/headers.ts";
import { isSecure, requestAuthority } from "../http/message.ts";
import type { HttpRequest } from "../http/message.ts";
import { withoutOwnCookie } from "./local-secret.ts";

/** Which header carries the token: `auto` takes `Authorization` unless the request brings its own. */
export type AuthHeader = "auto" | "authorization" | "x-serverless-authorization";

/** What {@link requestFields} needs besides the request. */
export interface RequestFieldsOptions {
  /** The service's origin: `https://HOST`. */
  readonly target: URL;
  readonly token: string;
  readonly authHeader: AuthHeader;
  /** The request's own `Authorization` was for us, and goes no further. */
  readonly isAuthorizationOurs: boolean;
  /** The origin under which the client addresses us. */
  readonly localOrigin: string;
}

/**
 * The fields of a request as the service shall get them: its own `Host`, who asked, and the token, added last so that
 * `Connection` takes nothing of it away. The client's own `X-Serverless-Authorization` never goes on: Google would look at it
 * alone, and the request would go out as somebody else. Source: Cloud Run, "Authenticating service-to-service".
 */
export function requestFields(request: HttpRequest, options: RequestFieldsOptions): string[] {
  const { target, localOrigin } = options;
  const fields: string[] = ["Host", target.host];
  const given = endToEndHeaders(request.rawHeaders);
  let authorization: string | undefined;
  let forwardedFor = "";
  let forwarded = "";
  let hasForwardedHost = false;
  let hasForwardedProto = false;
  for (let index = 0; index < given.length; index += 2) {
    const name = given[index] as string;
    const value = given[index + 1] as string;
    switch (name.toLowerCase()) {
      case "host":
      case "x-serverless-authorization":
      case "x-runpass-secret":
        continue;
      case "authorization":
        if (!options.isAuthorizationOurs) authorization = value;
        continue;
      case "cookie": {
        const cookies = withoutOwnCookie(value);
        if (cookies !== "") fields.push(name, cookies);
        continue;
      }
      case "origin":
        // A page of the service, shown under our address: to the service it comes from its own.
        fields.push(name, value.toLowerCase() === localOrigin ? target.origin : value);
        continue;
      case "x-forwarded-for":
        forwardedFor += `${value}, `;
        continue;
      case "forwarded":
        forwarded += `${value}, `;
        continue;
      case "x-forwarded-host":
        hasForwardedHost = true;
        break;
      case "x-forwarded-proto":
        hasForwardedProto = true;
        break;
    }
    fields.push(name, value);
  }
  const client = request.socket.remoteAddress ?? "unknown"; // none for a Unix socket
  const scheme = isSecure(request) ? "https" : "http";
  const authority = requestAuthority(request);
  fields.push("X-Forwarded-For", forwardedFor + client);
  if (!hasForwardedHost) fields.push("X-Forwarded-Host", authority);
  if (!hasForwardedProto) fields.push("X-Forwarded-Proto", scheme);
  // RFC 7239 sections 4 and 6
  const node = client.includes(":") ? `"[${client}]"` : client;
  fields.push("Forwarded", `${forwarded}for=${node};host="${authority}";proto=${scheme}`);
  pushToken(fields, authorization, options);
  return fields;
}

function pushToken(fields: string[], own: string | undefined, { token, authHeader }: RequestFieldsOptions): void {
  if (authHeader === "authorization") {
    fields.push("Authorization", `Bearer ${token}`);
  } else if (authHeader === "auto" && own === undefined) {
    fields.push("Authorization", `Bearer ${token}`);
  } else {
    if (own !== undefined) fields.push("Authorization", own);
    fields.push("X-Serverless-Authorization", `Bearer ${token}`);
  }
}
