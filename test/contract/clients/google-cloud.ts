import { IAMCredentialsClient } from "@google-cloud/iam-credentials";
import { ServicesClient } from "@google-cloud/run";
import { OAuth2Client } from "google-auth-library";
import { readFile } from "node:fs/promises";
import { print } from "./print.ts";

// Google's gax-based clients ignore proxies: they are told the address, and speak REST over plain HTTP.
const { hostname, port } = new URL(process.env["RUNPASS_EMULATOR"]!);
const [email, action, ...args] = process.argv.slice(2);
const path = `${process.env["CLOUDSDK_CONFIG"]}/legacy_credentials/${email}/adc.json`;
const { client_id, client_secret, refresh_token } = JSON.parse(await readFile(path, "utf8"));
const authClient = new OAuth2Client({ clientId: client_id, clientSecret: client_secret });
authClient.setCredentials({ refresh_token });
const options = { apiEndpoint: hostname, port: Number(port), protocol: "http", fallback: true, authClient } as const;

async function act(): Promise<unknown> {
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
    default:
      throw new Error(`no action ${action}`);
  }
}

try {
  print({ result: await act() });
} catch (error) {
  const { code, message } = error as { code?: number; message: string };
  print({ error: { code, message } });
}
