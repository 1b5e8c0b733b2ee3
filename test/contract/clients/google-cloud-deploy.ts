import { RevisionsClient, ServicesClient } from "@google-cloud/run";
import type { ClientOptions } from "./google-cloud-options.ts";

const parent = "projects/demo-project/locations/us-central1";
const name = `${parent}/services/web`;
const template = { containers: [{ image: "example.com/app" }] };

/** The life of a service, each step by the promise of the operation that it returns. */
export async function deploy(options: ClientOptions): Promise<unknown> {
  const services = new ServicesClient(options);
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
