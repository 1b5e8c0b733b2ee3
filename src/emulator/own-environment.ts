import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceAccountEmail } from "../google/iam.ts";
import { adcClientId, gcloudClientId } from "../google/oauth.ts";
import { systemRoots } from "./certificates/ca-bundle.ts";
import { prepareChildEnvironment } from "./child-environment.ts";
import type { ChildVariables } from "./child-environment.ts";
import type { Model } from "./model.ts";
import { writeStateFile } from "./state-file.ts";
import type { WorldDefaults } from "./world/world.ts";

/** What leads child processes to an emulator. */
export interface OwnEnvironment {
  /** @param directory Where to write what they need. Default: one for all who ask, that is removed at the end. */
  prepare(directory?: string): Promise<ChildVariables>;
  remove(): Promise<void>;
}

/** What {@link createOwnEnvironment} needs. */
export interface OwnEnvironmentOptions {
  readonly model: Model;
  readonly defaults: () => WorldDefaults;
  readonly server: { readonly url: string; readonly port: number };
  readonly caCertificate: string;
  /** The environment that this process was given. */
  readonly parent: ChildVariables;
  readonly adminSecret: string;
}

export function createOwnEnvironment(options: OwnEnvironmentOptions): OwnEnvironment {
  const { model, server, caCertificate, adminSecret } = options;
  let own: Promise<{ readonly directory: string; readonly variables: ChildVariables }> | undefined;
  return {
    prepare: async (directory) => (directory === undefined ? (await prepareOwn()).variables : write(directory)),
    remove: async () => {
      const made = await own?.catch(() => undefined); // whoever asked for it has been told
      if (made) await rm(made.directory, { recursive: true, force: true });
    },
  };

  /** One for all who ask: written again, it would undo what a shell has set with gcloud since. */
  function prepareOwn(): NonNullable<typeof own> {
    own ??= mkdtemp(join(tmpdir(), "runpass-emulator-")).then(async (directory) => ({
      directory,
      variables: await write(directory),
    }));
    return own;
  }

  async function write(directory: string): Promise<ChildVariables> {
    const { project, region, accounts, service, serviceAccount } = options.defaults();
    const variables = await prepareChildEnvironment(directory, {
      gcloud: {
        project,
        region,
        logins: await Promise.all(
          accounts.map(async (email) => ({
            email,
            refreshToken: await model.refreshTokenFor(email, gcloudClientId),
            adcRefreshToken: await model.refreshTokenFor(email, adcClientId),
          })),
        ),
      },
      url: server.url,
      port: server.port,
      caCertificate,
      roots: await systemRoots(options.parent),
      service,
      serviceUrl: model.urlOf(model.findService(service, region)),
      serviceAccount: serviceAccountEmail(serviceAccount, project),
    });
    const stateFile = join(directory, "emulator.json");
    await writeStateFile(stateFile, { url: server.url, pid: process.pid, adminSecret });
    return { ...variables, RUNPASS_EMULATOR_STATE: stateFile };
  }
}
