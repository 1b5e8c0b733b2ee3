import { formatServiceAccountName } from "../../google/iam.ts";
import type { ServiceAccountKeyResource } from "../../google/iam.ts";
import type { ServiceAccountKey } from "../../google/oauth.ts";
import { tokenUrl } from "../../google/oauth.ts";
import { createKeyPair } from "../keys.ts";
import { accountKeyKind } from "../state/records.ts";
import type { AccountKeyRecord, AccountRecord } from "../state/records.ts";
import { findAccount } from "./iam-accounts.ts";
import type { ApiMethod, MethodCall } from "./method.ts";
import { ApiFailure } from "./route.ts";

const service = "google.iam.admin.v1.IAM";
const keys = "/v1/{name=projects/*/serviceAccounts/*}/keys";
const key = "/v1/{name=projects/*/serviceAccounts/*/keys/*}";

/** Keys of service accounts, iam.googleapis.com v1. Source: google/iam/admin/v1/iam.proto. */
export const iamKeyMethods: readonly ApiMethod[] = [
  { id: `${service}.ListServiceAccountKeys`, route: `GET ${keys}`, handle: list },
  { id: `${service}.CreateServiceAccountKey`, route: `POST ${keys}`, handle: create },
  { id: `${service}.GetServiceAccountKey`, route: `GET ${key}`, handle: get },
  { id: `${service}.DeleteServiceAccountKey`, route: `DELETE ${key}`, handle: remove },
  {
    id: `${service}.DisableServiceAccountKey`,
    route: `POST ${key}:disable`,
    handle: (call) => change(call, "disable"),
  },
  { id: `${service}.EnableServiceAccountKey`, route: `POST ${key}:enable`, handle: (call) => change(call, "enable") },
];

/** Keys that people make do not end. Source: IAM documentation, "Service account keys". */
const neverMs = Date.UTC(9999, 11, 31, 23, 59, 59);

function accountOf({ state, caller, path: { name = "" } }: MethodCall, verb: string): AccountRecord {
  return findAccount(state, name.split("/").slice(0, 4).join("/"), caller, `iam.serviceAccountKeys.${verb}`);
}

function keyOf(call: MethodCall, account: AccountRecord): AccountKeyRecord {
  const [, , , , , id = ""] = (call.path["name"] ?? "").split("/");
  const found = call.state.store.get(accountKeyKind, id)?.value;
  if (found?.account !== account.uniqueId)
    throw new ApiFailure("NOT_FOUND", `Service account key ${id} does not exist.`);
  return found;
}

function list(call: MethodCall): object {
  const account = accountOf(call, "list");
  const types = call.call.query.getAll("keyTypes");
  const all = types.length === 0 || types.includes("KEY_TYPE_UNSPECIFIED");
  const found = call.state.store
    .list(accountKeyKind)
    .filter((each) => each.account === account.uniqueId && each.validBeforeMs > call.state.clock.nowMs())
    .map((each) => show(each, account))
    .filter(({ keyType }) => all || types.includes(keyType));
  return found.length > 0 ? { keys: found } : {};
}

async function create(call: MethodCall): Promise<object> {
  const account = accountOf(call, "create");
  const { keyAlgorithm = "KEY_ALG_RSA_2048", privateKeyType = "TYPE_GOOGLE_CREDENTIALS_FILE" } = call.body;
  if (privateKeyType !== "TYPE_GOOGLE_CREDENTIALS_FILE" && privateKeyType !== "TYPE_UNSPECIFIED") {
    throw new ApiFailure("INVALID_ARGUMENT", `The emulator makes no keys of type ${String(privateKeyType)}.`);
  }
  if (keyAlgorithm !== "KEY_ALG_RSA_2048" && keyAlgorithm !== "KEY_ALG_UNSPECIFIED") {
    throw new ApiFailure("INVALID_ARGUMENT", `The emulator makes no keys with algorithm ${String(keyAlgorithm)}.`);
  }
  const { kid, privateKey, publicKey } = await createKeyPair();
  const record: AccountKeyRecord = {
    id: kid,
    account: account.uniqueId,
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    validAfterMs: call.state.clock.nowMs(),
    validBeforeMs: neverMs,
  };
  await call.state.store.put(accountKeyKind, kid, record);
  const file: ServiceAccountKey = {
    type: "service_account",
    project_id: account.project,
    private_key_id: kid,
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    client_email: account.email,
    client_id: account.uniqueId,
    auth_uri: "https://accounts.google.com/o/oauth2/auth",
    token_uri: tokenUrl,
    auth_provider_x509_cert_url: "https://www.googleapis.com/oauth2/v1/certs",
    client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(account.email)}`,
    universe_domain: "googleapis.com",
  };
  return {
    ...show(record, account),
    privateKeyType: "TYPE_GOOGLE_CREDENTIALS_FILE",
    privateKeyData: Buffer.from(`${JSON.stringify(file, null, 2)}\n`).toString("base64"),
  };
}

function get(call: MethodCall): object {
  const account = accountOf(call, "get");
  const found = keyOf(call, account);
  const wantsPublic = call.call.query.get("publicKeyType") === "TYPE_RAW_PUBLIC_KEY";
  return {
    ...show(found, account),
    ...(wantsPublic ? { publicKeyData: Buffer.from(found.publicKey).toString("base64") } : {}),
  };
}

async function remove(call: MethodCall): Promise<object> {
  const found = keyOf(call, accountOf(call, "delete"));
  refuseSystemManaged(found);
  await call.state.store.delete(accountKeyKind, found.id);
  return {};
}

async function change(call: MethodCall, verb: "enable" | "disable"): Promise<object> {
  const { isDisabled: _before, ...rest } = keyOf(call, accountOf(call, verb));
  refuseSystemManaged(rest);
  await call.state.store.put(accountKeyKind, rest.id, verb === "disable" ? { ...rest, isDisabled: true } : rest);
  return {};
}

/** Google's own keys are Google's to end. The wording is a guess. */
function refuseSystemManaged({ id, isSystemManaged }: AccountKeyRecord): void {
  if (isSystemManaged) throw new ApiFailure("FAILED_PRECONDITION", `Service account key ${id} is managed by Google.`);
}

function show(record: AccountKeyRecord, account: AccountRecord): ServiceAccountKeyResource {
  const seconds = (instantMs: number): string => new Date(instantMs).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    name: `${formatServiceAccountName(account.email, account.project)}/keys/${record.id}`,
    validAfterTime: seconds(record.validAfterMs),
    validBeforeTime: seconds(record.validBeforeMs),
    keyAlgorithm: "KEY_ALG_RSA_2048",
    keyOrigin: "GOOGLE_PROVIDED",
    keyType: record.isSystemManaged ? "SYSTEM_MANAGED" : "USER_MANAGED",
    ...(record.isDisabled ? { disabled: true } : {}),
  };
}
