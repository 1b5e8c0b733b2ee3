import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { World } from "../../../src/emulator/world/world.ts";
import { callAs, readGcloudKey, startSubject, worldWith } from "../fixture.ts";
import type { Subject } from "../fixture.ts";

const invoker = "invoker@demo-project.iam.gserviceaccount.com";
const pool = "iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/ci-pool";
const staff = "iam.googleapis.com/locations/global/workforcePools/staff";

/** A kind of credential, ready to be used by any client. */
export interface Kind {
  /** As the table has it. */
  readonly name: string;
  /** A credentials file; without one the environment tells: a metadata server. */
  readonly file?: string;
  /** The account to act as, where the client shall impersonate. */
  readonly impersonate?: string;
  /** Over the subject's variables. */
  readonly variables?: NodeJS.ProcessEnv;
}

export interface Kinds extends AsyncDisposable {
  readonly subject: Subject;
  readonly kinds: readonly Kind[];
}

/** Everybody may call the service, so that the gate's answer tells about the token and not about policies. */
const world: World = {
  ...worldWith({
    service: [{ role: "roles/run.invoker", members: ["user:dev@example.com", `serviceAccount:${invoker}`] }],
    serviceAccount: [
      { role: "roles/iam.serviceAccountTokenCreator", members: ["user:dev@example.com"] },
      { role: "roles/iam.workloadIdentityUser", members: [`principalSet://${pool}/*`, `principalSet://${staff}/*`] },
    ],
  }),
  workloadIdentityPools: [{ id: "ci-pool", project: "demo-project", providers: [{ id: "own-issuer" }] }],
  workforcePools: [{ id: "staff", providers: [{ id: "sign-in" }] }],
};

/** Starts an emulator and makes one credential of each kind there. */
export async function prepareKinds(): Promise<Kinds> {
  const subject = await startSubject(world);
  const directory = await mkdtemp(join(tmpdir(), "runpass-identities-"));
  const write = async (name: string, content: object | string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode: 0o600 });
    return path;
  };
  const user = await write("user.json", await readGcloudKey(subject, "dev@example.com"));
  const adc = join(subject.variables["CLOUDSDK_CONFIG"]!, "application_default_credentials.json");
  const impersonation = {
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${invoker}:generateAccessToken`,
  };
  const external = {
    type: "external_account",
    audience: `//${pool}/providers/own-issuer`,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    credential_source: {
      file: await write("subject", await subject.emulator.subjectToken({ subject: "repo:acme/web" })),
    },
  };
  const federated = await write("federated.json", external);
  const workforce = await write(
    "workforce.json",
    await subject.emulator.signInToWorkforce({ pool: "staff", subject: "ann" }),
  );
  const source = JSON.parse(await readFile(user, "utf8")) as object;
  const metadata = await subject.emulator.startMetadataServer({ account: "invoker" });
  const kinds: readonly Kind[] = [
    { name: "`authorized_user` of gcloud", file: user },
    { name: "`authorized_user` of application default credentials", file: adc },
    { name: "`service_account` key", file: await write("key.json", await createKey(subject)) },
    {
      name: "`impersonated_service_account`",
      file: await write("impersonated.json", {
        type: "impersonated_service_account",
        ...impersonation,
        delegates: [],
        source_credentials: source,
      }),
    },
    {
      name: "`external_account` with an impersonation URL",
      file: await write("external.json", { ...external, ...impersonation }),
    },
    { name: "`external_account` alone", file: federated },
    { name: "`external_account_authorized_user`", file: workforce },
    { name: "metadata server", variables: metadata.variables },
    { name: "`authorized_user` of gcloud, impersonating", file: user, impersonate: invoker },
    { name: "`external_account` alone, impersonating", file: federated, impersonate: invoker },
    { name: "`external_account_authorized_user`, impersonating", file: workforce, impersonate: invoker },
  ];
  return {
    subject,
    kinds,
    [Symbol.asyncDispose]: async () => {
      await subject[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A key file as the IAM API hands it out. */
async function createKey(subject: Subject): Promise<string> {
  const path = `/v1/projects/demo-project/serviceAccounts/${invoker}/keys`;
  const { privateKeyData } = await callAs<{ privateKeyData: string }>(subject, "admin@example.com", "POST", path, {});
  return Buffer.from(privateKeyData, "base64").toString("utf8");
}
