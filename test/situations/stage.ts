import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { GoogleAuth } from "google-auth-library";
import { createRedaction } from "./redact.ts";
import type { Redaction } from "./redact.ts";

/** The services that are made, by what is particular about them. */
export const serviceNames = ["private", "open", "unchecked", "inside", "unlisted", "until"] as const;
export type StageService = (typeof serviceNames)[number];

/** The accounts: who may call, who may not, and two who are gone by the time the situations come. */
export const accountNames = ["caller", "outsider", "disabled", "deleted"] as const;
export type StageAccount = (typeof accountNames)[number];

/** What the situations are played on, in the emulator or in a real project. */
export interface Stage {
  readonly project: string;
  readonly region: string;
  /** Random letters in every name. */
  readonly suffix: string;
  readonly redaction: Redaction;
  /** Who runs this, as a policy writes it. */
  readonly self: string;
  /** Every address that a service shows. */
  urls(service: StageService): readonly string[];
  /** The first of them. @throws why the service could not be made as it is meant, where that is so. */
  url(service: StageService): string;
  /** `https://run.googleapis.com/v2/projects/…/services/…`, where its policies are too. */
  admin(service: StageService): string;
  email(account: StageAccount): string;
  /** `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/EMAIL`. */
  credentials(account: StageAccount): string;
  /** An ID token of an account's. Those of the accounts that are gone were made before, for `private`. */
  idToken(account: StageAccount, audience?: string): Promise<string>;
  /** An access token of an account's, for `cloud-platform` unless told otherwise. */
  accessToken(account: StageAccount, scope?: string): Promise<string>;
  /** The header with which the one who runs this calls Google's APIs. */
  asSelf(): Promise<readonly [string, string]>;
  /** The ID token of the person who runs this, for the OAuth client of Application Default Credentials; none of an account's. */
  readonly ownIdToken: string | undefined;
}

/** How long a policy may take, in milliseconds. Google documents seven minutes "or longer". */
const longestPropagationMs = 15 * 60_000;

/**
 * Builds the stage, lets `play` go on it, and takes everything away again: also when something fails or `signal` is aborted.
 *
 * @throws what failed, and an `AggregateError` that names what could not be removed.
 */
export async function onStage<T>(
  { project, region, signal }: { readonly project: string; readonly region: string; readonly signal: AbortSignal },
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform", "email", "openid"] });
  const client = await auth.getClient();
  const suffix = randomBytes(4).toString("hex");
  const redaction = createRedaction([
    [project, "PROJECT"],
    [suffix, "SUFFIX"],
    [region, "REGION"],
  ]);
  const root = `runpass-live-${suffix}`;
  const accounts = `https://iam.googleapis.com/v1/projects/${project}/serviceAccounts`;
  const services = `https://run.googleapis.com/v2/projects/${project}/locations/${region}/services`;
  const email = (account: StageAccount): string => `${root}-${account}@${project}.iam.gserviceaccount.com`;
  const admin = (service: StageService): string => `${services}/${root}-${service}`;
  const credentials = (account: StageAccount): string =>
    `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email(account)}`;
  const lacks = new Map<StageService, string>();
  const urls = new Map<StageService, readonly string[]>();
  const tokens = new Map<string, Promise<string>>();

  async function asSelf(): Promise<readonly [string, string]> {
    const { token } = await client.getAccessToken();
    return ["authorization", `Bearer ${token}`];
  }

  async function call(method: string, url: string, body?: object, ends = signal): Promise<Response> {
    const [name, value] = await asSelf();
    const headers = new Headers({ [name]: value, "content-type": "application/json" });
    return fetch(url, { method, headers, signal: ends, ...(body ? { body: JSON.stringify(body) } : {}) });
  }

  async function need<R>(method: string, url: string, body?: object): Promise<R> {
    const answer = await call(method, url, body);
    if (answer.status === 200) return (await answer.json()) as R;
    const said = `${method} ${url} answered ${answer.status}: ${(await answer.text()).replace(/\s+/g, " ")}`;
    throw new Error(redaction.redact(said));
  }

  async function until<R>(what: string, attempt: () => Promise<R | undefined>, ends = signal): Promise<R> {
    for (const startMs = performance.now(); performance.now() - startMs < longestPropagationMs;) {
      const found = await attempt();
      if (found !== undefined) return found;
      await delay(2000, undefined, { signal: ends });
    }
    throw new Error(`${what} did not come about in ${longestPropagationMs / 60_000} minutes`);
  }

  /** Google's APIs hear of a new account a little later than it is made, one after the other. */
  async function needSoon(method: string, url: string, body: object): Promise<unknown> {
    return until(`what ${redaction.redact(url)} needs`, () =>
      need<object>(method, url, body).catch((error: unknown) => {
        const isTooEarly = /does not exist|Unknown service account|answered 404/.test((error as Error).message);
        if (isTooEarly) return undefined;
        throw error;
      }),
    );
  }

  async function finish(
    { name, done }: { readonly name: string; readonly done?: boolean },
    ends = signal,
  ): Promise<void> {
    if (done) return;
    const look = async (): Promise<true | undefined> => {
      const answer = await call("GET", `https://run.googleapis.com/v2/${name}`, undefined, ends);
      return ((await answer.json()) as { done?: boolean }).done ? true : undefined;
    };
    await until(`the operation ${redaction.redact(name)}`, look, ends);
  }

  async function addService(service: StageService): Promise<void> {
    const template = { containers: [{ image: "us-docker.pkg.dev/cloudrun/container/hello" }] };
    const latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST";
    const traffic = [{ type: latest, percent: 100, ...(service === "private" ? { tag: "green" } : {}) }];
    const particular: Readonly<Partial<Record<StageService, object>>> = {
      private: { customAudiences: [`${root}-Audience`] },
      unchecked: { invokerIamDisabled: true },
      inside: { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" },
      unlisted: { defaultUriDisabled: true },
    };
    const url = `${services}?serviceId=${root}-${service}`;
    await finish(await need("POST", url, { template, traffic, ...particular[service] }));
    const made = await need<{ urls?: string[]; uri?: string }>("GET", admin(service));
    urls.set(service, made.urls ?? (made.uri === undefined ? [] : [made.uri]));
    const name = service.toUpperCase();
    for (const [at, each] of urls.get(service)!.entries()) redaction.add(new URL(each).host, `${name}_HOST_${at + 1}`);
  }

  const granting = (service: StageService, bindings: readonly object[], version = 1): Promise<unknown> =>
    needSoon("POST", `${admin(service)}:setIamPolicy`, { policy: { version, bindings } });

  /** A token is minted once: those of accounts that are gone later are still there then. */
  function keep(key: string, mint: () => Promise<string>): Promise<string> {
    const known = tokens.get(key);
    if (known) return known;
    const minted = mint();
    tokens.set(key, minted);
    minted.catch(() => tokens.delete(key)); // whoever asked is told; the next one tries again
    return minted;
  }

  /** What a project may forbid: those situations are not seen then. */
  async function ifAllowed(service: StageService, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      signal.throwIfAborted();
      lacks.set(service, (error as Error).message);
    }
  }

  async function build(): Promise<Stage> {
    const info = await need<{ email: string }>("GET", "https://openidconnect.googleapis.com/v1/userinfo");
    redaction.add(info.email, "SELF");
    const self = `${info.email.endsWith(".gserviceaccount.com") ? "serviceAccount" : "user"}:${info.email}`;
    const mayFail: ReadonlySet<StageService> = new Set(["unchecked", "unlisted"]);
    await allDone([
      ...accountNames.map((account) => need("POST", accounts, { accountId: `${root}-${account}` })),
      ...serviceNames.map((service) =>
        mayFail.has(service) ? ifAllowed(service, () => addService(service)) : addService(service),
      ),
    ]);
    const [invoker, caller] = ["roles/run.invoker", `serviceAccount:${email("caller")}`];
    const actAs = { role: "roles/iam.serviceAccountTokenCreator", members: [self] };
    const at = (title: string, date: string): object => ({
      title,
      expression: `request.time < timestamp("${date}T00:00:00Z")`,
    });
    await allDone([
      ...accountNames.map((account) =>
        needSoon("POST", `${accounts}/${email(account)}:setIamPolicy`, { policy: { bindings: [actAs] } }),
      ),
      granting("private", [
        {
          role: invoker,
          members: [caller, ...(["disabled", "deleted"] as const).map((gone) => `serviceAccount:${email(gone)}`)],
        },
      ]),
      granting(
        "until",
        [
          { role: invoker, members: [caller], condition: at("future", "2100-01-01") },
          { role: invoker, members: [`serviceAccount:${email("outsider")}`], condition: at("past", "2020-01-01") },
        ],
        3,
      ),
      ifAllowed("open", () => granting("open", [{ role: invoker, members: ["allUsers"] }])),
    ]);
    const url = (service: StageService): string => {
      const lack = lacks.get(service);
      if (lack !== undefined) throw new Error(lack);
      // A service that has no address to show would have the one that its name makes of another's.
      return urls.get(service)?.[0] ?? url("private").replace("-private-", `-${service}-`);
    };
    const stage: Stage = {
      project,
      region,
      suffix,
      redaction,
      self,
      urls: (service) => urls.get(service) ?? [],
      url,
      admin,
      email,
      credentials,
      asSelf,
      ownIdToken: self.startsWith("user:") ? (client.credentials.id_token ?? undefined) : undefined,
      idToken: (account, audience = url("private")) =>
        keep(`${account} ${audience}`, async () => {
          const body = { audience, includeEmail: true };
          return (await need<{ token: string }>("POST", `${credentials(account)}:generateIdToken`, body)).token;
        }),
      accessToken: (account, scope = "https://www.googleapis.com/auth/cloud-platform") =>
        keep(`${account} ${scope}`, async () => {
          const body = { scope: [scope] };
          return (await need<{ accessToken: string }>("POST", `${credentials(account)}:generateAccessToken`, body))
            .accessToken;
        }),
    };
    for (const account of accountNames) {
      // oxlint-disable-next-line no-await-in-loop -- the first one's wait is all the others' as well
      await until(`the right to act as ${account}`, async () => stage.idToken(account).catch(retryLater));
    }
    const reaches = (service: StageService, token?: string) => async () => {
      const headers = new Headers(token === undefined ? [] : [["authorization", `Bearer ${token}`]]);
      const { status } = await fetch(stage.url(service), { headers, signal });
      return status === 200 ? true : undefined;
    };
    await until("the grant", reaches("private", await stage.idToken("caller")));
    await until("the grant of a deleted account", reaches("private", await stage.idToken("deleted")));
    await until("the conditional grant", reaches("until", await stage.idToken("caller", stage.url("until"))));
    if (!lacks.has("open")) await until("the public grant", reaches("open"));
    if (!lacks.has("unchecked")) await until("the end of the check", reaches("unchecked"));
    await need("POST", `${accounts}/${email("disabled")}:disable`, {});
    await need("DELETE", `${accounts}/${email("deleted")}`);
    return stage;
  }

  /** `undefined` where it was refused: policies take their time. */
  function retryLater(): undefined {
    signal.throwIfAborted();
    return undefined;
  }

  async function remove(): Promise<void> {
    const never = new AbortController().signal; // what is made is removed, whoever does not want to wait
    const removed = await Promise.allSettled([
      ...serviceNames.map(async (service) => {
        const answer = await call("DELETE", admin(service), undefined, never);
        if (answer.status === 404) return;
        if (answer.status !== 200) throw new Error(`${root}-${service} is still there: ${answer.status}`);
        await finish((await answer.json()) as { name: string }, never);
      }),
      ...accountNames.map(async (account) => {
        const answer = await call("DELETE", `${accounts}/${email(account)}`, undefined, never);
        if (![200, 404].includes(answer.status)) throw new Error(`${email(account)} is still there: ${answer.status}`);
      }),
    ]);
    const errors = removed.flatMap((each) => (each.status === "rejected" ? [each.reason as Error] : []));
    if (errors.length > 0) {
      throw new AggregateError(errors, `remove by hand: ${errors.map(({ message }) => message).join("; ")}`);
    }
  }

  try {
    return await play(await build());
  } finally {
    await remove();
  }
}

/** Waits for all, whatever fails: nothing may still be made while it is removed. */
async function allDone(actions: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(actions)).find(({ status }) => status === "rejected");
  if (failed) throw (failed as PromiseRejectedResult).reason;
}
