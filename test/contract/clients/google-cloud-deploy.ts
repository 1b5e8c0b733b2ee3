import { RevisionsClient, ServicesClient } from "@google-cloud/run";
import { OAuth2Client } from "google-auth-library";
import { readFile } from "node:fs/promises";
import { print } from "./print.ts";

// The life of a service, each step by the promise of the operation that it returns.
const { hostname, port } = new URL(process.env["RUNPASS_EMULATOR"]!);
const [email] = process.argv.slice(2);
const path = `${process.env["CLOUDSDK_CONFIG"]}/legacy_credentials/${email}/adc.json`;
const { client_id, client_secret, refresh_token } = JSON.parse(await readFile(path, "utf8"));
const authClient = new OAuth2Client({ clientId: client_id, clientSecret: client_secret });
authClient.setCredentials({ refresh_token });
const options = { apiEndpoint: hostname, port: Number(port), protocol: "http", fallback: true, authClient } as const;

const services = new ServicesClient(options);
const parent = "projects/demo-project/locations/us-central1";
const name = `${parent}/services/web`;
const template = { containers: [{ image: "example.com/app" }] };

async function live(): Promise<unknown> {
  const [creation] = await services.createService({ parent, serviceId: "web", service: { template } });
  const [created] = await creation.promise();
  const [update] = await services.updateService({
    service: {
      name,
      template: { containers: [{ image: "example.com/app:2" }] },
      customAudiences: ["https://a.example"],
    },
    updateMask: { paths: ["template", "custom_audiences"] },
  });
  const [updated] = await update.promise();
  const [revisions] = await new RevisionsClient(options).listRevisions({ parent: name });
  const taken = await services.createService({ parent, serviceId: "web", service: { template } }).catch(errorOf);
  const faulty = await services.createService({ parent, serviceId: "Web", service: { template } }).catch(errorOf);
  const [deletion] = await services.deleteService({ name });
  const [deleted] = await deletion.promise();
  const missing = await services.getService({ name }).catch(errorOf);
  return {
    created: { name: created.name, uri: created.uri, ready: created.terminalCondition?.state },
    updated: { generation: String(updated.generation), customAudiences: updated.customAudiences },
    revisions: revisions.map(({ containers }) => containers?.[0]?.image),
    deleted: { name: deleted.name, isMarked: deleted.deleteTime !== null },
    taken,
    faulty,
    missing,
  };
}

function errorOf(error: unknown): unknown {
  const { code, message } = error as { code?: number; message: string };
  return { code, message };
}

print(await live().catch((error: unknown) => ({ error: errorOf(error) })));
