/** Status and headers of a response. */
export interface ResponseHead {
  readonly status: number;
  /** Value by lower-case name; the last one counts. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Whether an answer is a refusal by Google's front end and not the app's own. Only headers are looked at: the body is the user's.
 * A 401 names the token's failure in `www-authenticate`; 403 and 404 are told by the front end's page: its type, its server and,
 * for 403, its length, which follows from the path.
 *
 * @param pathBytes length of path and query at most.
 */
export function isGoogleRefusal({ status, headers }: ResponseHead, pathBytes: number): boolean {
  if (status === 401) return isTokenChallenge(headers.get("www-authenticate") ?? "");
  if (status !== 403 && status !== 404) return false;
  // A container's answers carry the trace that Cloud Run began for them.
  if (headers.has("x-cloud-trace-context") || headers.has("www-authenticate") || headers.has("set-cookie"))
    return false;
  if (!/^text\/html; *charset=utf-8$/i.test(headers.get("content-type") ?? "")) return false;
  if (status === 404)
    return headers.get("server") === "Google Frontend" || headers.get("referrer-policy") === "no-referrer";
  return headers.get("server") === "Google Frontend" && hasLengthOfPage(headers, pathBytes);
}

/** Whether a `www-authenticate` is the one by which Google's front end says that it could not verify a token. Source: observed. */
export function isTokenChallenge(value: string): boolean {
  return /error="invalid_token".*The access token could not be verified/.test(value);
}

const forbiddenPageBytes = 293;

/** The page repeats the path, escaped for HTML in a way that is not published: each letter can take up to six bytes. */
function hasLengthOfPage(headers: ReadonlyMap<string, string>, pathBytes: number): boolean {
  const length = Number(headers.get("content-length") ?? Number.NaN);
  if (Number.isNaN(length) || headers.has("content-encoding")) return true;
  const shown = length - forbiddenPageBytes;
  return shown >= 1 && shown <= Math.max(1, pathBytes) * 6 + 2;
}

/**
 * Which of the pages of Google's front end a body is: the status that it says, or `undefined` for an app's own. Source: pages of
 * the real service, as published.
 */
export function statusOfGooglePage(body: string): 401 | 403 | 404 | undefined {
  if (body.length > 10_000) return undefined;
  if (
    /<title>401 Unauthorized<\/title>[^]*<h1>Error: Unauthorized<\/h1>\s*<h2>Your client does not have permission to the requested URL <code>/.test(
      body,
    )
  )
    return 401;
  if (
    /<title>403 Forbidden<\/title>[^]*<h1>Error: Forbidden<\/h1>\s*<h2>Your client does not have permission to get URL <code>[^]*<\/code> from this server\.<\/h2>/.test(
      body,
    )
  )
    return 403;
  return /<title>Error 404 \(Not Found\)!!1<\/title>/.test(body) ? 404 : undefined;
}
