import { createHash } from "node:crypto";
import { cloudPlatformScope } from "../../google/oauth.ts";
import { issueAccessToken, issueAccountIdToken, tokenLifetimeSeconds } from "../issue-tokens.ts";
import type { AccountRecord } from "../state/records.ts";
import type { State } from "../state/state.ts";

/** What runs on Google's side: it decides what the metadata server shows, and by which name it answers. */
export type Platform = "run" | "vm";

/** Who asks a metadata server: the workload that it serves. */
export interface Workload {
  /** E-mail or unique id of its service account. */
  readonly account: string;
  readonly region: string;
  readonly platform: Platform;
}

/** A place in the metadata tree. */
export type MetadataNode = MetadataValue | MetadataCall | MetadataDirectory;

/** A value that stands: as a text, one line an entry for a list, and in JSON as it is. */
export interface MetadataValue {
  readonly kind: "value";
  readonly value: string | number | readonly string[];
}

/** A value that is made when it is asked for. Recursive listings leave it out. */
export interface MetadataCall {
  readonly kind: "call";
  /** @returns the text, or in words what is wrong with the question. */
  answer(query: URLSearchParams): Promise<MadeValue>;
}

export type MadeValue =
  | { readonly contentType: "application/json" | "text/html"; readonly text: string }
  | { readonly wrong: string };

export interface MetadataDirectory {
  readonly kind: "directory";
  readonly entries: Readonly<Record<string, MetadataNode>>;
}

const scopes: readonly string[] = [cloudPlatformScope, "https://www.googleapis.com/auth/userinfo.email", "openid"];

/**
 * The tree under `/computeMetadata/v1/` as a workload sees it. An account that is disabled or deleted is not there any more;
 * what Google shows then is not published.
 * Source: Cloud Run documentation, "Container instance metadata server"; the listing observed on a real instance.
 */
export function metadataTree(state: State, { account: emailOrId, region, platform }: Workload): MetadataDirectory {
  const account = state.findAccount(emailOrId);
  const project = account && state.findProject(account.project);
  const number = project?.number ?? "0";
  const id = instanceId(emailOrId, platform);
  const zone = `projects/${number}/zones/${platform === "run" ? `${region}-1` : `${region}-a`}`;
  const ofAccount =
    account?.state === "active" ? accountDirectory(state, account, platform, { id, zone, number }) : undefined;
  return directory({
    instance: directory({
      ...(platform === "vm" ? { hostname: value(`${vmName}.internal`) } : {}),
      id: value(id),
      ...(platform === "vm" ? { name: value(vmName) } : { region: value(`projects/${number}/regions/${region}`) }),
      "service-accounts": directory(account && ofAccount ? { [account.email]: ofAccount, default: ofAccount } : {}),
      zone: value(zone),
    }),
    project: directory({ "numeric-project-id": value(Number(number)), "project-id": value(project?.id ?? "") }),
    universe: directory({ "universe-domain": value("googleapis.com") }),
  });
}

const vmName = "emulated-instance";

function accountDirectory(
  state: State,
  account: AccountRecord,
  platform: Platform,
  vm: { readonly id: string | number; readonly zone: string; readonly number: string },
): MetadataDirectory {
  return directory({
    aliases: value(["default"]),
    email: value(account.email),
    identity: {
      kind: "call",
      answer: async (query) => {
        const audience = query.get("audience") ?? "";
        if (audience === "") return { wrong: "non-empty audience parameter required" };
        const isFull = platform === "vm" && query.get("format")?.toLowerCase() === "full";
        const google = isFull ? { google: computeEngineClaims(account, vm, query) } : {};
        const options = { audience, includeEmail: true, emailAsAzp: false, ...google };
        return { contentType: "text/html", text: await issueAccountIdToken(state, account, options) };
      },
    },
    scopes: value(scopes),
    token: {
      kind: "call",
      answer: async (query) => ({
        contentType: "application/json",
        text: JSON.stringify(await accessToken(state, account, query)),
      }),
    },
  });
}

/** Scopes that cannot be had are passed over, and the account's own stand instead. What Google does then is not published. */
async function accessToken(state: State, account: AccountRecord, query: URLSearchParams): Promise<object> {
  const asked = (query.get("scopes") ?? "").split(",").filter((scope) => scope !== "");
  const isPossible = asked.length > 0 && asked.every((scope) => /^(?:https:\/\/|openid$|email$|profile$)/.test(scope));
  const { accessToken: token } = await issueAccessToken(state, {
    subject: account.uniqueId,
    clientId: account.uniqueId,
    scopes: isPossible ? asked : scopes,
    prefix: "ya29.c.c0",
  });
  return { access_token: token, expires_in: tokenLifetimeSeconds - 1, token_type: "Bearer" };
}

/** What `format=full` adds on a virtual machine, and on Cloud Run does not. Source: Compute Engine, "Verify VM identity". */
function computeEngineClaims(
  account: AccountRecord,
  { id, zone, number }: { readonly id: string | number; readonly zone: string; readonly number: string },
  query: URLSearchParams,
): object {
  const withLicenses = query.get("licenses")?.toUpperCase() === "TRUE";
  return {
    compute_engine: {
      instance_creation_timestamp: 1_700_000_000,
      instance_id: String(id),
      instance_name: vmName,
      project_id: account.project,
      project_number: Number(number),
      zone: zone.split("/").at(-1),
      ...(withLicenses ? { license_id: ["1000204"] } : {}),
    },
  };
}

/** Digits for a virtual machine; a long hexadecimal text for an instance of a service. */
function instanceId(account: string, platform: Platform): string | number {
  const digest = createHash("sha512").update(account).digest("hex");
  return platform === "vm" ? Number(BigInt(`0x${digest.slice(0, 12)}`)) : `00${digest}`;
}

function value(of: MetadataValue["value"]): MetadataValue {
  return { kind: "value", value: of };
}

function directory(entries: MetadataDirectory["entries"]): MetadataDirectory {
  return { kind: "directory", entries };
}
