import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createEmulator } from "../src/emulator/create-emulator.ts";
import { defaultWorld } from "../src/emulator/world/world.ts";
import type { World } from "../src/emulator/world/world.ts";
import { diagnose } from "../src/doctor/diagnose.ts";
import { createGoogleInProcess } from "../test/support/google-in-process.ts";
import { command } from "./command.ts";
import { median } from "./row.ts";
import type { Row } from "./row.ts";

const rounds = 21;

const healthy: World = {
  ...defaultWorld,
  services: defaultWorld.services.map((service) => ({
    ...service,
    bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com"] }],
  })),
};

/** What `runpass doctor` takes where nothing is wrong: requests, those that wait for one another, and time to its first line. */
export async function benchDoctor(): Promise<Row[]> {
  const { requests, inTurn } = await countRequests();
  const { bareMs, firstLineMs, totalMs } = await timeCommand();
  return [
    { subject: "doctor, a healthy service", unit: "requests", value: requests, goal: { of: "value", atMost: 8 } },
    { subject: "doctor, one after the other", unit: "requests", value: inTurn, goal: { of: "value", atMost: 4 } },
    {
      subject: "doctor, first line, above bare Node",
      unit: "ms",
      value: firstLineMs - bareMs,
      goal: { of: "value", atMost: 150 },
    },
    { subject: "doctor, to the end", baseline: "node -e 0", unit: "ms", value: totalMs, baselineValue: bareMs },
  ];
}

/** A request that begins after an answer has come is one more in turn: what a slow network makes one wait for. */
async function countRequests(): Promise<{ readonly requests: number; readonly inTurn: number }> {
  const google = createGoogleInProcess(healthy, Date.now());
  const { context, credential, accessToken } = await google.logIn("dev@example.com");
  const roundTripMs = 50;
  let requests = 0;
  let inTurn = 0;
  const fetch: typeof context.fetch = async (url, init) => {
    const turn = inTurn + 1;
    requests += 1;
    const [answer] = await Promise.all([
      context.fetch(url, init),
      new Promise((resolve) => setTimeout(resolve, roundTripMs)),
    ]);
    inTurn = Math.max(inTurn, turn);
    return answer;
  };
  const { cause } = await diagnose(
    { ...context, fetch },
    {
      target: { kind: "service", service: "my-service", path: "" },
      project: "demo-project",
      region: "us-central1",
      credential: async () => credential,
      accessToken: async () => accessToken,
      self: async () => "user:dev@example.com",
    },
  );
  if (cause !== undefined) throw new Error(`doctor says that it fails because of ${cause}`);
  return { requests, inTurn };
}

async function timeCommand(): Promise<{
  readonly bareMs: number;
  readonly firstLineMs: number;
  readonly totalMs: number;
}> {
  await using emulator = await createEmulator(healthy);
  // Without the variable that makes any Node.js load its HTTP client when it starts: a user's own shell does not have it.
  const env = { ...process.env, ...(await emulator.prepareEnvironment()), NODE_USE_ENV_PROXY: undefined };
  const bareMs: number[] = [];
  const firstLineMs: number[] = [];
  const totalMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const bareStartMs = performance.now();
    execFileSync(process.execPath, ["-e", "0"], { env });
    bareMs.push(performance.now() - bareStartMs);
    const startMs = performance.now();
    const doctor = spawn(process.execPath, [command, "doctor", "my-service"], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    doctor.stdout.resume();
    await once(doctor.stderr, "data");
    firstLineMs.push(performance.now() - startMs);
    const [code] = (await once(doctor, "close")) as [number];
    if (code !== 0) throw new Error(`runpass doctor ended with ${code}`);
    totalMs.push(performance.now() - startMs);
  }
  return { bareMs: median(bareMs), firstLineMs: median(firstLineMs), totalMs: median(totalMs) };
}
