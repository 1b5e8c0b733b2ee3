import { IAMCredentialsClient } from "@google-cloud/iam-credentials";
import { ServicesClient } from "@google-cloud/run";
import { deploy } from "./google-cloud-deploy.ts";
import { optionsFor } from "./google-cloud-options.ts";
import { serve } from "./serve.ts";

async function act(email: string, action: string, ...args: readonly string[]): Promise<unknown> {
  const options = await optionsFor(email);
  const services = new ServicesClient(options);
  const name = `projects/demo-project/locations/us-central1/services/${args[0] ?? "my-service"}`;
  switch (action) {
    case "list": {
      const [found] = await services.listServices({ parent: "projects/demo-project/locations/us-central1" });
      return found.map(({ name: foundName, uri, urls }) => ({ name: foundName, uri, urls }));
    }
    case "get": {
      const [service] = await services.getService({ name });
      return { name: service.name, uri: service.uri, ingress: service.ingress };
    }
    case "grant": {
      const [policy] = await services.getIamPolicy({ resource: name, options: { requestedPolicyVersion: 3 } });
      const condition = args[2] === undefined ? {} : { condition: { title: "a condition", expression: args[2] } };
      const bindings = [...(policy.bindings ?? []), { role: "roles/run.invoker", members: [args[1]!], ...condition }];
      const changed = { ...policy, bindings, ...(args[2] === undefined ? {} : { version: 3 }) };
      const [written] = await services.setIamPolicy({ resource: name, policy: changed });
      return { bindings: written.bindings, version: written.version };
    }
    case "test": {
      const permissions = ["run.routes.invoke", "run.services.setIamPolicy"];
      const [answer] = await services.testIamPermissions({ resource: name, permissions });
      return answer.permissions;
    }
    case "token": {
      const credentials = new IAMCredentialsClient(
        options as unknown as ConstructorParameters<typeof IAMCredentialsClient>[0],
      );
      const account = `projects/-/serviceAccounts/${args[0]}`;
      const [answer] = await credentials.generateIdToken({ name: account, audience: args[1]!, includeEmail: true });
      return { token: answer.token };
    }
    case "deploy":
      return deploy(options);
    default:
      throw new Error(`no action ${action}`);
  }
}

await serve(async (email, action, ...args) => {
  try {
    return { result: await act(email, action, ...args) };
  } catch (error) {
    const { code, message } = error as { code?: number; message: string };
    return { error: { code, message } };
  }
});
