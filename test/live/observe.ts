/**
 * Goes through the flows of the contract against whatever Google the environment leads to, and prints what it saw as JSON. What
 * it makes it removes. `RUNPASS_LIVE_PROJECT=P [RUNPASS_LIVE_REGION=R] node test/live/observe.ts`
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { GoogleAuth } from "google-auth-library";

/** One answer, with everything of this project and run replaced by names. */
export interface Observation {
  readonly step: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where it is the service's own, or holds what differs from run to run. */
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How long a policy may take, in milliseconds. Google documents seven minutes "or longer". */
const longestPropagationMs = 15 * 60_000;
const shownHeaders = ["content-type", "www-authenticate"];

export async function observe(project: string, region: string): Promise<readonly Observation[]> {
  const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform", "email"] });
  const client = await auth.getClient();
  const observations: Observation[] = [];
  const suffix = randomBytes(4).toString("hex");
  const names = new Map<string, string>([
    [project, "PROJECT"],
    [suffix, "SUFFIX"],
    [region, "REGION"],
  ]);

  async function send(
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body?: object,
  ): Promise<Answer> {
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: { ...headers, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async function call(method: string, url: string, body?: object): Promise<Answer> {
    const { token } = await client.getAccessToken();
    return send(method, url, { authorization: `Bearer ${token}` }, body);
  }

  async function need<T>(method: string, url: string, body?: object): Promise<T> {
    const answer = await call(method, url, body);
    if (answer.status === 200) return JSON.parse(answer.text) as T;
    throw new Error(`${method} ${url} answered ${answer.status}: ${redactBy(names, answer.text)}`);
  }

  function note(step: string, answer: Answer, keepBody = true): void {
    const headers = shownHeaders.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, redactBy(names, value)] as const];
    });
    observations.push({
      step,
      status: answer.status,
      headers: Object.fromEntries(headers),
      ...(keepBody ? { body: normalise(redactBy(names, answer.text)) } : {}),
    });
  }

  async function until<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    for (const startMs = performance.now(); performance.now() - startMs < longestPropagationMs; await delay(2000)) {
      const found = await attempt();
      if (found !== undefined) return found;
    }
    throw new Error(`${what} did not come about in ${longestPropagationMs / 60_000} minutes`);
  }

  async function finish(operation: { name: string; done?: boolean }): Promise<void> {
    if (operation.done) return;
    await until(`the operation ${operation.name}`, async () => {
      const now = await need<{ done?: boolean }>("GET", `https://run.googleapis.com/v2/${operation.name}`);
      return now.done ? true : undefined;
    });
  }

  const accountId = `runpass-live-${suffix}`;
  const account = `${accountId}@${project}.iam.gserviceaccount.com`;
  const accounts = `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts`;
  const services = `https://run.googleapis.com/v2/projects/${project}/locations/${region}/services`;
  const service = `${services}/runpass-live-${suffix}`;
  const idTokens = `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${account}:generateIdToken`;

  const info = await need<{ email: string }>("GET", "https://openidconnect.googleapis.com/v1/userinfo");
  const kind = info.email.endsWith(".gserviceaccount.com") ? "serviceAccount" : "user";
  names.set(info.email, "CALLER");
  try {
    await need("POST", accounts, { accountId });
    await finish(
      await need("POST", `${services}?serviceId=runpass-live-${suffix}`, {
        template: { containers: [{ image: "us-docker.pkg.dev/cloudrun/container/hello" }] },
      }),
    );
    const { uri } = await need<{ uri: string }>("GET", service);
    names.set(new URL(uri).host, "SERVICE_HOST");

    note("no token", await send("GET", `${uri}/a?b=c`));
    note("a token that is none", await send("GET", uri, { authorization: "Bearer nonsense" }));
    note("the policy of a new service", await call("GET", `${service}:getIamPolicy`));
    note("ID token of an account that one may not act as", await call("POST", idTokens, { audience: uri }));

    const actAs = { role: "roles/iam.serviceAccountTokenCreator", members: [`${kind}:${info.email}`] };
    await need("POST", `${accounts}/${account}:setIamPolicy`, { policy: { bindings: [actAs] } });
    const tokenFor = (audience: string): Promise<string> =>
      until("the right to act as the account", async () => {
        const answer = await call("POST", idTokens, { audience, includeEmail: true });
        return answer.status === 200 ? (JSON.parse(answer.text) as { token: string }).token : undefined;
      });
    const bearer = async (audience: string): Promise<Record<string, string>> => ({
      authorization: `Bearer ${await tokenFor(audience)}`,
    });
    note("a token of somebody without a grant", await send("GET", uri, await bearer(uri)));

    const invoker = { role: "roles/run.invoker", members: [`serviceAccount:${account}`] };
    const { etag } = await need<{ etag: string }>("POST", `${service}:setIamPolicy`, {
      policy: { bindings: [invoker] },
    });
    names.set(etag, "ETAG");
    const headers = await bearer(uri);
    await until("the grant", async () => ((await send("GET", uri, headers)).status === 200 ? true : undefined));
    note("a token of somebody with a grant", await send("GET", uri, headers), false);
    note("the audience of another service", await send("GET", uri, await bearer("https://example.com")));
    note("an audience that ends with a slash", await send("GET", uri, await bearer(`${uri}/`)), false);
    note("an audience with a path", await send("GET", uri, await bearer(`${uri}/path`)), false);
    note("a reserved path", await send("GET", `${uri}/_ah/health`, headers), false);

    note(
      "a policy written with an old etag",
      await call("POST", `${service}:setIamPolicy`, { policy: { bindings: [invoker], etag: "BwUjMhCsNvY=" } }),
    );
    note(
      "a member of an unknown type",
      await call("POST", `${service}:setIamPolicy`, { policy: { bindings: [{ ...invoker, members: ["nobody"] }] } }),
    );
    return observations;
  } finally {
    const removed = await call("DELETE", service);
    if (removed.status === 200) await finish(JSON.parse(removed.text) as { name: string });
    await call("DELETE", `${accounts}/${account}`);
  }
}

/** Longest first, so that no part of a name is left. Whatever else looks like a token or an e-mail goes too. */
function redactBy(names: ReadonlyMap<string, string>, text: string): string {
  const known = [...names].toSorted(([left], [right]) => right.length - left.length);
  return known
    .reduce((result, [value, name]) => result.replaceAll(value, name), text)
    .replace(/\beyJ[\w.-]+|\bya29\.[\w.-]+/g, "TOKEN")
    .replace(/[\w.+-]+@[\w-]+\.[\w.-]+/g, "EMAIL")
    .replace(/\b\d{9,21}\b/g, "NUMBER");
}

/** JSON in one form: neither its spaces nor the order of its members mean anything. */
function normalise(text: string): string {
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return text.trim();
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}

if (import.meta.main) {
  const { RUNPASS_LIVE_PROJECT: project, RUNPASS_LIVE_REGION: region = "us-central1" } = process.env;
  if (project === undefined) throw new Error("RUNPASS_LIVE_PROJECT names no project");
  process.stdout.write(`${JSON.stringify(await observe(project, region))}\n`);
}
