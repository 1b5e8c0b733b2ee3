import type { Question, Situation } from "./situation.ts";
import type { Stage, StageService } from "./stage.ts";

const html = "text/html; charset=UTF-8";
const challenge = 'Bearer error="invalid_token" error_description="The access token could not be verified"';

/** Pages as others have seen them (facts of the front end: no credential, and one that cannot be verified). */
const forbiddenPage = (path: string): string => `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>403 Forbidden</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Forbidden</h1>
<h2>Your client does not have permission to get URL <code>${path}</code> from this server.</h2>
<h2></h2>
</body></html>`;
const unauthorizedPage = (path: string): string => `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>401 Unauthorized</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Unauthorized</h1>
<h2>Your client does not have permission to the requested URL <code>${path}</code>.</h2>
<h2></h2>
</body></html>`;

const server = "Google Frontend";
const forbidden = {
  status: 403,
  headers: { "content-type": html, "www-authenticate": undefined, server },
  body: forbiddenPage("/"),
} as const;
const unauthorized = {
  status: 401,
  headers: { "content-type": html, "www-authenticate": challenge, server },
  body: unauthorizedPage("/"),
} as const;
const notFound = {
  status: 404,
  headers: { "content-type": html, "www-authenticate": undefined },
  body: /<title>Error 404 \(Not Found\)!!1<\/title>/,
} as const;
const letThrough = { status: 200, headers: { "www-authenticate": undefined } } as const;

/** Calls a service with these headers. */
const call =
  (service: StageService, headers: Question["headers"] = [], path = "") =>
  (stage: Stage): Question => ({ url: `${stage.url(service)}${path}`, headers });

/** Calls the private service with the token of whoever may call it, for an audience, spelt as `spell` says. */
const asCaller =
  (
    audience: (stage: Stage) => string = (stage) => stage.url("private"),
    spell: (token: string) => Question["headers"] = (token) => [["Authorization", `Bearer ${token}`]],
    path = "",
  ) =>
  async (stage: Stage): Promise<Question> => {
    const headers = spell(await stage.idToken("caller", audience(stage))) ?? [];
    return { url: `${stage.url("private")}${path}`, headers };
  };

const tagUrl = (stage: Stage): string => stage.url("private").replace("https://", "https://green---");
const own = (stage: Stage): string => stage.url("private");

/** How a request is admitted or refused by its credential. */
const credentials: readonly Situation[] = [
  {
    name: "no token: 403, and the page names the path",
    ask: call("private", [], "/a?b=c"),
    expect: { ...forbidden, body: forbiddenPage("/a?b=c") },
  },
  { name: "an empty Authorization is no token: 403", ask: call("private", [["Authorization", ""]]), expect: forbidden },
  {
    name: "a token that is none: 401, and its challenge says why",
    ask: call("private", [["Authorization", "Bearer nonsense"]], "/a?b=c"),
    expect: { ...unauthorized, body: unauthorizedPage("/a?b=c") },
  },
  {
    name: "Bearer with nothing behind it: 401 (a guess: bare-scheme)",
    ask: call("private", [["Authorization", "Bearer"]]),
    expect: unauthorized,
  },
  {
    name: "another scheme than Bearer: 401",
    ask: call("private", [["Authorization", "Basic eDp5"]]),
    expect: unauthorized,
  },
  {
    name: "two Authorization headers, both good: 401",
    ask: asCaller(own, (token) => [
      ["Authorization", `Bearer ${token}`],
      ["Authorization", `Bearer ${token}`],
    ]),
    expect: unauthorized,
  },
  {
    name: "an access token in the place of an ID token: 401",
    ask: async (stage) => ({
      url: stage.url("private"),
      headers: [["Authorization", `Bearer ${await stage.accessToken("caller")}`]],
    }),
    expect: unauthorized,
  },
  {
    name: "a token whose signature is another one's: 401",
    ask: async (stage) => {
      const [head, claims] = (await stage.idToken("caller")).split(".");
      const signature = (await stage.idToken("outsider")).split(".")[2];
      return { url: stage.url("private"), headers: [["Authorization", `Bearer ${head}.${claims}.${signature}`]] };
    },
    expect: unauthorized,
  },
  {
    name: "a good token of somebody who may not call: 403",
    ask: async (stage) => ({
      url: stage.url("private"),
      headers: [["Authorization", `Bearer ${await stage.idToken("outsider")}`]],
    }),
    expect: forbidden,
  },
  { name: "a good token of somebody who may call: let through", ask: asCaller(), expect: letThrough },
  {
    name: "the scheme in lower case: let through",
    ask: asCaller(own, (token) => [["Authorization", `bearer ${token}`]]),
    expect: letThrough,
  },
  {
    name: "the token in X-Serverless-Authorization: let through",
    ask: asCaller(own, (token) => [["X-Serverless-Authorization", `Bearer ${token}`]]),
    expect: letThrough,
  },
  {
    name: "X-Serverless-Authorization good and Authorization none: let through",
    ask: asCaller(own, (token) => [
      ["Authorization", "Bearer nonsense"],
      ["X-Serverless-Authorization", `Bearer ${token}`],
    ]),
    expect: letThrough,
  },
  {
    name: "X-Serverless-Authorization none and Authorization good: 401",
    ask: asCaller(own, (token) => [
      ["Authorization", `Bearer ${token}`],
      ["X-Serverless-Authorization", "Bearer nonsense"],
    ]),
    expect: unauthorized,
  },
  {
    name: "the token of an account that was disabled since: 401 (a guess: inactive-account)",
    ask: async (stage) => ({
      url: stage.url("private"),
      headers: [["Authorization", `Bearer ${await stage.idToken("disabled")}`]],
    }),
    expect: unauthorized,
  },
  {
    name: "the token of an account that was deleted since: 401 (a guess: inactive-account)",
    ask: async (stage) => ({
      url: stage.url("private"),
      headers: [["Authorization", `Bearer ${await stage.idToken("deleted")}`]],
    }),
    expect: unauthorized,
  },
  {
    name: "a person's token for Application Default Credentials: 401 (a guess: adc-client)",
    ask: (stage) => {
      if (stage.ownIdToken === undefined) throw new TypeError("whoever runs this is a service account");
      return { url: stage.url("private"), headers: [["Authorization", `Bearer ${stage.ownIdToken}`]] };
    },
    expect: unauthorized,
  },
];

/** Which audiences count. */
const audiences: readonly Situation[] = [
  { name: "the audience of another service: 401", ask: asCaller(() => "https://example.com"), expect: unauthorized },
  {
    name: "an audience that ends with a slash: let through",
    ask: asCaller((stage) => `${own(stage)}/`),
    expect: letThrough,
  },
  {
    name: "an audience with a path: 401 (a guess: audience-path)",
    ask: asCaller((stage) => `${own(stage)}/path`),
    expect: unauthorized,
  },
  {
    name: "the service's other address as audience: let through (a guess: other-address)",
    ask: asCaller((stage) => stage.urls("private")[1] ?? own(stage)),
    expect: letThrough,
  },
  { name: "the address of a tag as audience: 401", ask: asCaller(tagUrl), expect: unauthorized },
  {
    name: "at the address of a tag the service's audience counts",
    ask: async (stage) => ({ ...(await asCaller()(stage)), url: tagUrl(stage) }),
    expect: letThrough,
  },
  {
    name: "a custom audience: let through",
    ask: asCaller((stage) => `runpass-live-${stage.suffix}-Audience`),
    expect: letThrough,
  },
  {
    name: "a custom audience in other letters: 401",
    ask: asCaller((stage) => `runpass-live-${stage.suffix}-audience`),
    expect: unauthorized,
  },
];

/** What a service, its path or its policy makes of a request. */
const reach: readonly Situation[] = [
  {
    name: "a reserved path, with a good token: 404 (a guess: not-found-page)",
    ask: asCaller(own, undefined, "/_ah/health"),
    expect: notFound,
  },
  { name: "/healthz, with a good token: 404", ask: asCaller(own, undefined, "/healthz"), expect: notFound },
  {
    name: "a preflight to a private service: 403 without CORS headers",
    ask: (stage) => ({
      method: "OPTIONS",
      url: stage.url("private"),
      headers: [
        ["Origin", "https://example.com"],
        ["Access-Control-Request-Method", "POST"],
      ],
    }),
    expect: { ...forbidden, headers: { ...forbidden.headers, "access-control-allow-origin": undefined } },
  },
  {
    name: "a host of no service: 404 (a guess: not-found-page)",
    ask: (stage) => ({ url: stage.url("private").replace("-private-", "-nothing-") }),
    expect: notFound,
  },
  {
    name: "a service for internal traffic, from outside: 404 (a guess: not-found-page)",
    ask: call("inside"),
    expect: notFound,
  },
  { name: "a service whose default address is disabled: 404", ask: call("unlisted"), expect: notFound },
  {
    name: "a service without the invoker check: let through without a token",
    ask: call("unchecked"),
    expect: letThrough,
  },
  { name: "a public service: let through without a token", ask: call("open"), expect: letThrough },
  {
    name: "a grant whose condition holds: let through",
    ask: async (stage) => ({
      url: stage.url("until"),
      headers: [["Authorization", `Bearer ${await stage.idToken("caller", stage.url("until"))}`]],
    }),
    expect: letThrough,
  },
  {
    name: "a grant that has expired: 403",
    ask: async (stage) => ({
      url: stage.url("until"),
      headers: [["Authorization", `Bearer ${await stage.idToken("outsider", stage.url("until"))}`]],
    }),
    expect: forbidden,
  },
  {
    name: "33 MiB to a container of HTTP/1: 413 (a guess: request-size)",
    ask: (stage) => ({ method: "POST", url: stage.url("open"), bytes: 33 * 1024 * 1024 }),
    expect: { status: 413 },
  },
];

export const frontEndSituations: readonly Situation[] = [...credentials, ...audiences, ...reach];
