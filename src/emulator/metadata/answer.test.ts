import assert from "node:assert/strict";
import test from "node:test";
import { decodeJwt } from "../../google/id-token.ts";
import { createMovableClock } from "../../core/clock.ts";
import type { ApiAnswer } from "../api/route.ts";
import { accountKind } from "../state/records.ts";
import { createState } from "../state/create-state.ts";
import { defaultWorld } from "../world/world.ts";
import { answerMetadata } from "./answer.ts";
import { metadataTree } from "./tree.ts";
import type { Platform } from "./tree.ts";

const email = "invoker@demo-project.iam.gserviceaccount.com";
const ofAccount = "/instance/service-accounts/default";
const state = createState(defaultWorld, createMovableClock());

function get(pathAndQuery: string, platform: Platform = "run", from = state): Promise<ApiAnswer> {
  const url = new URL(`http://metadata.google.internal/computeMetadata/v1${pathAndQuery}`);
  return answerMetadata(
    {
      method: "GET",
      host: url.host,
      authority: url.host,
      path: url.pathname,
      query: url.searchParams,
      headers: { "metadata-flavor": "Google" },
      body: Buffer.alloc(0),
    },
    platform,
    () => metadataTree(from, { account: email, region: "us-central1", platform }),
  );
}

async function bodyOf(pathAndQuery: string, platform?: Platform): Promise<unknown> {
  return (await get(pathAndQuery, platform)).body;
}

test("directories list what is in them, and are found at their names without the slash by a redirect", async () => {
  assert.equal(await bodyOf("/"), "instance/\nproject/\nuniverse/\n");
  assert.equal(await bodyOf("/instance/"), "id\nregion\nservice-accounts/\nzone\n");
  assert.equal(await bodyOf("/instance/service-accounts/"), `${email}/\ndefault/\n`);
  assert.equal(await bodyOf(`${ofAccount}/`), "aliases\nemail\nidentity\nscopes\ntoken\n");
  const { status, headers } = await get("/instance?alt=json");
  assert.deepEqual([status, headers?.["location"]], [301, "/computeMetadata/v1/instance/?alt=json"]);
});

test("values are texts, and JSON where that is asked for", async () => {
  assert.equal(await bodyOf("/instance/zone"), "projects/123456789012/zones/us-central1-1");
  assert.equal(await bodyOf("/project/numeric-project-id"), "123456789012");
  assert.equal(await bodyOf("/project/project-id?alt=json"), '"demo-project"');
  assert.equal(await bodyOf("/universe/universe-domain"), "googleapis.com");
  assert.match(String(await bodyOf(`${ofAccount}/scopes`)), /^https:\/\/www\.googleapis\.com\/auth\/cloud-platform\n/);
});

test("a recursive listing is JSON in camel case with neither tokens nor changed e-mails in it", async () => {
  const body = JSON.parse(String(await bodyOf("/?recursive=true"))) as Record<string, Record<string, unknown>>;
  assert.deepEqual(body["project"], { numericProjectId: 123_456_789_012, projectId: "demo-project" });
  const accounts = body["instance"]?.["serviceAccounts"] as Record<string, object>;
  assert.deepEqual(Object.keys(accounts), [email, "default"]);
  assert.deepEqual(Object.keys(accounts["default"] ?? {}), ["aliases", "email", "scopes"]);
  assert.equal(
    await bodyOf("/project/?recursive=true&alt=text"),
    "numeric-project-id 123456789012\nproject-id demo-project\n",
  );
});

test("an ID token is for the audience that was asked for, which must not be empty", async () => {
  for (const path of [`${ofAccount}/identity`, `${ofAccount}/identity?audience=`]) {
    const { status, body } = await get(path);
    assert.deepEqual([status, body], [400, "non-empty audience parameter required\n"]);
  }
  const claims = decodeJwt(
    String(await bodyOf(`${ofAccount}/identity?audience=https://a.example&format=full`)),
  )?.payload;
  const { uniqueId } = state.findAccount(email) ?? {};
  const { aud, azp, sub, google } = claims ?? {};
  assert.deepEqual(
    { aud, azp, sub, google },
    { aud: "https://a.example", azp: uniqueId, sub: uniqueId, google: undefined },
  );
  assert.equal(claims?.["email"], email);
});

test("on a virtual machine a token of full format tells of it, with licenses where they are asked for", async () => {
  const query = "audience=a&format=full";
  const claimsOf = async (more: string): Promise<Record<string, unknown>> => {
    const token = String(await bodyOf(`${ofAccount}/identity?${query}${more}`, "vm"));
    const google = decodeJwt(token)?.payload["google"] as { compute_engine: Record<string, unknown> };
    return google.compute_engine;
  };
  assert.equal((await claimsOf(""))["project_number"], 123_456_789_012);
  assert.equal((await claimsOf(""))["license_id"], undefined);
  assert.deepEqual((await claimsOf("&licenses=TRUE"))["license_id"], ["1000204"]);
  assert.equal((await get("/", "vm")).headers?.["server"], "Metadata Server for VM");
});

test("an access token has the scopes that were asked for, or the account's own", async () => {
  const { body, headers } = await get(`${ofAccount}/token?scopes=https://www.googleapis.com/auth/iam,openid`);
  assert.equal(headers?.["content-type"], "application/json");
  const { expires_in: expiresIn, token_type: type } = JSON.parse(String(body)) as Record<string, unknown>;
  assert.deepEqual([expiresIn, type], [3599, "Bearer"]);
  const scopes = state.store.entries({ name: "accessTokens" }).at(-1)?.[1] as { readonly scopes: readonly string[] };
  assert.deepEqual(scopes.scopes, ["https://www.googleapis.com/auth/iam", "openid"]);
});

test("who waits for a change is answered at once where the value is another one, and after the time that was said", async () => {
  const { headers } = await get("/project/project-id");
  const etag = headers?.["etag"] ?? "";
  assert.match(etag, /^[0-9a-f]{16}$/);
  assert.equal(await bodyOf("/project/project-id?wait_for_change=true&last_etag=0"), "demo-project");
  const path = `/project/project-id?wait_for_change=true&last_etag=${etag}&timeout_sec=0`;
  assert.equal(await bodyOf(path), "demo-project");
});

test("an account that is not active is not there", async () => {
  const other = createState(defaultWorld, createMovableClock());
  const account = other.findAccount(email);
  assert.ok(account);
  await other.store.put(accountKind, account.uniqueId, { ...account, state: "disabled" });
  assert.equal((await get(`${ofAccount}/token`, "run", other)).status, 404);
  assert.equal((await get("/instance/service-accounts/", "run", other)).body, "");
});
