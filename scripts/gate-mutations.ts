/** Every rule of the gate with a way to break it: what `scripts/mutate-gate.ts` tries. `from` stands once in its file. */
export interface Mutation {
  readonly rule: string;
  /** In src/gate. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const byFile: Readonly<Record<string, readonly (readonly [rule: string, from: string, to: string])[]>> = {
  "reach.ts": [
    ["reserved paths are not found", "if (reserved) {", "if (false) {"],
    [
      "a reserved path is one without its query",
      "queryAt < 0 ? pathWithQuery : pathWithQuery.slice(0, queryAt)",
      "pathWithQuery",
    ],
    ["/_ah/ is reserved", 'path.startsWith("/_ah/") || ', ""],
    ["/eventlog is reserved", ' || path === "/eventlog"', ""],
    ["/healthz is reserved", 'path === "/healthz"', 'path === "/healthz/"'],
    ["ingress is asked", 'service.ingress !== "INGRESS_TRAFFIC_ALL"', "false"],
    ["a disabled default address is closed", "if (service.defaultUriDisabled && ", "if (false && "],
    ["only the default address is closed by it", "isRunAppHost(host) || ", "true || "],
  ],
  "gate.ts": [
    ["an unknown host is not found", "if (!service) {", "if (false) {"],
    [
      "what does not reach the service is refused",
      'if (steps.at(-1)?.outcome === "failed") return',
      "if (false) return",
    ],
    ["a disabled invoker check admits", "if (service.invokerIamDisabled) {", "if (false) {"],
    ["an enabled invoker check does not", "if (service.invokerIamDisabled) {", "if (true) {"],
    ["no credential is not a bad one", 'credential.kind === "none" ? anonymous : unverified', "unverified"],
    ["a bad credential is not none", 'credential.kind === "none" ? anonymous : unverified', "anonymous"],
    [
      "a bad token is refused as such",
      'steps.push(failed("token", token, "token"));\n      return unverified;',
      'steps.push(failed("token", token, "token"));\n      return anonymous;',
    ],
    ["a token out of its lifetime is refused", 'if (lifetime.outcome === "failed") return unverified;', ""],
    ["a token for another audience is refused", 'if (audience.outcome === "failed") return unverified;', ""],
    ["an account that is not active is refused", '!principal || active.outcome === "failed"', "!principal"],
    ["the clock is asked each time", "clock.nowMs(), clockSkewMs", "claims.issuedAt * 1000, clockSkewMs"],
    ["the default clock skew is five seconds", "clockSkewMs = 5000", "clockSkewMs = 60_000"],
    ["the clock skew is a switch", "clock.nowMs(), clockSkewMs", "clock.nowMs(), 5000"],
    ["the audience's switches are handed on", "request.host, audienceOptions", "request.host, {}"],
    ["IAM decides", 'const isAllowed = permission.outcome === "passed";', "const isAllowed = true;"],
    ["who is known but may not gets 403", '!isAllowed && caller.kind === "unverified"', "!isAllowed"],
    ["a credential that cannot be verified gets 401", '!isAllowed && caller.kind === "unverified"', "false"],
    [
      "a public service gets requests with bad credentials",
      '!isAllowed && caller.kind === "unverified"',
      'caller.kind === "unverified"',
    ],
    ["gcloud's token loses its signature in Authorization", "caller?.audience === gcloudClientId || ", ""],
    [
      "a token for the service keeps it",
      "caller?.audience === gcloudClientId || caller?.audience === adcClientId",
      "true",
    ],
    [
      "only the header that counted loses it",
      'caller?.header === "authorization" && isForEveryService',
      "isForEveryService",
    ],
    [
      "an admission names the principal",
      "? { allowed: true, service, principal, rawHeaders, steps }",
      "? { allowed: true, service, rawHeaders, steps }",
    ],
  ],
  "credential.ts": [
    [
      "X-Serverless-Authorization wins",
      'serverless.length > 0 ? serverless : valuesOf(rawHeaders, "authorization")',
      'valuesOf(rawHeaders, "authorization").concat(serverless).slice(0, 1)',
    ],
    [
      "X-Serverless-Authorization is looked at",
      'valuesOf(rawHeaders, "x-serverless-authorization")',
      'valuesOf([], "x-serverless-authorization")',
    ],
    [
      "Authorization is looked at",
      'serverless.length > 0 ? serverless : valuesOf(rawHeaders, "authorization")',
      "serverless",
    ],
    ["several headers are refused", 'if (second !== undefined) return { kind: "unusable", step: several };', ""],
    ["an empty header is no credential", "/^[ \\t]*$/.test(value) ? ", "false ? "],
    [
      "another scheme is refused",
      "if (!scheme) return ",
      'if (!scheme) return true ? { kind: "token", header, token: value, step: token[header] } : ',
    ],
    [
      "a bare scheme is not an empty header",
      'if (credentials === "") return { kind: "unusable", step: bareScheme };',
      'if (credentials === "") return { kind: "none", step: empty };',
    ],
    ["the scheme is taken in any case", "[ \\t]*$)/i.exec", "[ \\t]*$)/.exec"],
    ["only spaces stand behind the scheme", "bearer(?: +|", "bearer(?:\\s+|"],
    ["the scheme is a whole word", "bearer(?: +|", "bearer(?: *|"],
    ["header names are taken in any case", "header.toLowerCase() === wanted", "header === wanted"],
    [
      "a header's whole name counts",
      "header.length === wanted.length && header.toLowerCase() === wanted",
      "header.toLowerCase().includes(wanted)",
    ],
  ],
  "verify-token.ts": [
    ["extensions are refused", "if (header.crit !== undefined) return", "if (false) return"],
    ["the algorithm must be RS256", 'if (header.alg !== "RS256") return', "if (false) return"],
    ["the algorithm is compared as it stands", 'header.alg !== "RS256"', "!/rs256/i.test(String(header.alg))"],
    [
      "the key must be named by a text",
      'if (typeof header.kid !== "string") return "it does not name a key (kid)";',
      "header.kid = String(header.kid);",
    ],
    ["the signature is verified", "if (!verify(", "if (false && !verify("],
    ["the signature is over SHA-256", '"sha256", content', '"sha512", content'],
    [
      "the content is taken to the letter",
      'token.slice(0, payloadEnd), "utf8"',
      'token.slice(0, payloadEnd).replace(/[^\\w.-]/g, ""), "utf8"',
    ],
    ["the signature is spelt one way", "if (!isOnlySpelling(encodedSignature, signature)) return", "if (false) return"],
    ["the signature has no foreign characters", "decoded.length !== Math.floor((text.length * 3) / 4) || ", ""],
    ["the signature is no plain Base64", ' || text.includes("+") || text.includes("/")', ""],
    ["unused bits are zero", '"AQgw".includes(text.slice(-1))', "true"],
    ["what is no JSON is refused", "return undefined; // not JSON", "throw new Error(); // not JSON"],
    ["a kept header is the same header", "lastHeader?.encoded !== encoded", "!lastHeader"],
  ],
  "claims.ts": [
    ["the issuer is Google", "if (!issuers.has(iss)) return", "if (false) return"],
    ["the issuer may lack its scheme", ', "accounts.google.com"', ""],
    ["aud is one text", "if (!isText(aud)) return", "if (aud === undefined) return"],
    ["sub is a text", "if (!isText(sub)) return", "if (false) return"],
    ["iat is a number", "if (!isInstant(iat)) return", "if (false) return"],
    ["exp is a number", "if (!isInstant(exp)) return", "if (false) return"],
    ["nbf is a number where it is there", "if (nbf !== undefined && !isInstant(nbf)) return", "if (false) return"],
    ["azp is a text where it is there", "if (azp !== undefined && !isText(azp)) return", "if (false) return"],
    ["email is a text where it is there", "if (email !== undefined && !isText(email)) return", "if (false) return"],
    [
      "email_verified is true or false where it is there",
      'if (emailVerified !== undefined && typeof emailVerified !== "boolean") {',
      "if (false) {",
    ],
    ["no text is empty", ' && value !== ""', ""],
    ["times are finite", " && Number.isFinite(value)", ""],
  ],
  "lifetime.ts": [
    ["an expired token is refused", "if (expiresAt <= nowSeconds) {", "if (false) {"],
    ["it is refused in the second of its expiry", "expiresAt <= nowSeconds", "expiresAt < nowSeconds"],
    ["expiry knows no skew", "expiresAt <= nowSeconds", "expiresAt + clockSkewMs / 1000 <= nowSeconds"],
    ["a token from the future is refused", "if (startsInSeconds * 1000 > clockSkewMs) {", "if (false) {"],
    ["nbf is asked", "Math.max(issuedAt, notBefore)", "issuedAt"],
    ["iat is asked beside nbf", "Math.max(issuedAt, notBefore)", "notBefore"],
    ["a lifetime has a limit", "if (expiresAt - issuedAt > longestLifetimeSeconds) {", "if (false) {"],
    ["the limit is a day", "longestLifetimeSeconds = 86_400", "longestLifetimeSeconds = 864_000"],
    ["a token expires after it is issued", "if (expiresAt <= issuedAt) return", "if (false) return"],
  ],
  "audience.ts": [
    ["custom audiences count", "service.customAudiences.includes(audience)", "false"],
    [
      "custom audiences count to the letter",
      "service.customAudiences.includes(audience)",
      "service.customAudiences.some((one) => one.toLowerCase() === audience.trim().replace(/[/]$/, '').toLowerCase())",
    ],
    ["one trailing slash is passed over", 'audience.endsWith("/") ? audience.slice(0, -1) : audience', "audience"],
    [
      "two trailing slashes are not",
      'audience.endsWith("/") ? audience.slice(0, -1) : audience',
      'audience.replace(/[/]+$/, "")',
    ],
    ["every address of the service counts", "service.urls.includes(url)", "service.urls[0] === url"],
    ["addresses of others do not", "service.urls.includes(url)", 'url.endsWith(".run.app")'],
    [
      "a tag's address does not count even if listed",
      "service.urls.includes(url) && !isTagAddress(url)",
      "service.urls.includes(url)",
    ],
    [
      "a path behind an address is refused",
      ': failed(rule, detail, "audience-path");',
      ': passed(rule, detail, "audience-path");',
    ],
    [
      "a path behind an address begins with a slash",
      "audience.startsWith(`${address}/`)",
      "audience.startsWith(address)",
    ],
    [
      "a client's id does not count for service accounts",
      'if (principal?.kind === "serviceAccount") {',
      "if (false) {",
    ],
    ["gcloud's client counts for users", "if (clientId === gcloudClientId) return passed", "if (false) return passed"],
    ["the client of ADC is refused", "options.acceptAdcClient ? passed(rule, detail", "true ? passed(rule, detail"],
    ["the client of ADC is a switch", "options.acceptAdcClient ? passed(rule, detail", "false ? passed(rule, detail"],
  ],
  "principal.ts": [
    [
      "an unknown account is refused",
      "if (!principal) return unknown;",
      'if (!principal) return passed(rule, "", "guess");',
    ],
    ["a disabled or deleted account is refused", 'if (state !== "active") return', "if (false) return"],
    ["a deleted account is refused", 'state !== "active"', 'state === "disabled"'],
    ["a disabled account is refused", 'state !== "active"', 'state === "deleted"'],
    ["a user's token needs an e-mail", 'kind === "user" && claims.email === undefined', "false"],
    [
      "a service account's token needs none",
      'kind === "user" && claims.email === undefined',
      "claims.email === undefined",
    ],
  ],
  "allow.ts": [
    ["the role must hold the permission", "!permissions.has(permission)", "false"],
    ["a custom role holds what is in it", "customRoles?.get(binding.role) ?? ", ""],
    ["only members are granted", "if (member === undefined) continue;", ""],
    ["a condition is not passed over", "if (!binding.condition) return [", "return ["],
    ["allUsers covers everyone", 'if (!principal) return ["allUsers"];', "if (!principal) return [];"],
    [
      "nobody is covered by anything else",
      'if (!principal) return ["allUsers"];',
      'if (!principal) return ["allUsers", "allAuthenticatedUsers"];',
    ],
    ["allAuthenticatedUsers covers every account", '    "allAuthenticatedUsers",\n', ""],
    ["a member's kind counts", "`${kind}:${email}`,", "`user:${email}`, `serviceAccount:${email}`,"],
    ["a member's e-mail counts", "`${kind}:${email}`,", "`${kind}:dev@example.com`,"],
    ["groups are asked", "...[...groups].map((group) => `group:${group}`),", ""],
    ["domains cover users only", 'kind === "user" ? [', "true ? ["],
    ["domains cover their users", 'kind === "user" ? [', "false ? ["],
    [
      "every level counts",
      "for (const { resource, policy, customRoles } of levels) {",
      "for (const { resource, policy, customRoles } of levels.slice(0, 1)) {",
    ],
  ],
  "access.ts": [
    ["deny rules come first", "for (const denial of denials) {", "for (const denial of [] as Denial[]) {"],
    [
      "a grant holds only while its condition does",
      'if (verdict.outcome === "holds") return { outcome: "allowed", grant };',
      'return { outcome: "allowed", grant };',
    ],
    [
      "what has no condition holds",
      'const unconditional: Verdict = { outcome: "holds" };',
      'const unconditional: Verdict = { outcome: "fails" };',
    ],
  ],
  "deny.ts": [
    ["exceptions are left out", " || rule.exceptionPrincipals?.some(isCovered)", ""],
    [
      "only denied permissions are taken",
      "if (!rule?.deniedPermissions?.some((pattern) => coversPermission(pattern, asked))) return [];",
      "if (!rule) return [];",
    ],
    ["a denied principal's kind counts", "denied.kind === principal.kind && ", ""],
  ],
  "may-invoke.ts": [
    ["the permission is run.routes.invoke", 'permission = "run.routes.invoke"', 'permission = "run.services.get"'],
    ["answers are forgotten when the world changes", "revision !== view.revision || ", ""],
    ["an answer is one principal's", 'principal?.subject ?? ""', '""'],
    ["an answer is one service's", "answers.get(service.name)?.get(subject)", "[...answers.values()][0]?.get(subject)"],
    ["the principal's groups are asked", "principal ? view.groupsOf(principal.email) : noGroups", "noGroups"],
  ],
  "token-cache.ts": [
    ["a kept token is compared as a whole", "recent?.token === token && recent.revision", "recent?.revision"],
    [
      "a kept token is compared as a whole when the world has changed",
      "kept?.token === token && isSameKey",
      "kept && isSameKey",
    ],
    ["a kept token's key is asked again when the world changes", " && recent.revision === view.revision", ""],
    ["its key must be there still", "?.equals(key) ?? false", "?.equals(key) ?? true"],
    [
      "its key must be the same",
      "view.verificationKey(kid)?.equals(key) ?? false",
      "view.verificationKey(kid) !== undefined",
    ],
  ],
  "backend-headers.ts": [
    ["X-Serverless-Authorization loses its signature", 'isNamed(header, "x-serverless-authorization") || ', ""],
    ["Authorization loses it where told so", '(fromAuthorization && isNamed(header, "authorization"))', "false"],
    ["other headers stay as they are", "if (!isCut) continue;", ""],
    ["the marker is Google's", '"SIGNATURE_REMOVED_BY_GOOGLE"', '"REMOVED"'],
  ],
  "pages.ts": [
    ["paths are escaped", "get URL <code>${escapeHtml(path)}", "get URL <code>${path}"],
    ["content-length counts bytes", "String(Buffer.byteLength(body))", "String(body.length)"],
    ["401 says which error", "www-authenticate", "x-authenticate"],
  ],
  "steps.ts": [
    ["values from outside are quoted", "JSON.stringify(value) ?? ", "String(value) ?? "],
    ["values from outside are short in steps", "text.length > 200", "false"],
  ],
};

export const mutations: readonly Mutation[] = Object.entries(byFile).flatMap(([file, rows]) =>
  rows.map(([rule, from, to]) => ({ rule, file, from, to })),
);
