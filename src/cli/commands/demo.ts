import { constants } from "node:os";
import { createEmulator } from "../../emulator/create-emulator.ts";
import type { Execute, Invocation } from "../command-line/command.ts";
import { createDemoActor } from "../demo/act.ts";
import type { DemoOutcome } from "../demo/act.ts";
import { createTeller } from "../demo/tell.ts";
import type { Teller } from "../demo/tell.ts";
import { demoSteps } from "../demo/steps.ts";
import type { DemoStep } from "../demo/steps.ts";
import { demoTexts } from "../demo/texts.ts";
import type { DemoLanguage } from "../demo/texts.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, printer } = invocation;
  let interruptedBy: NodeJS.Signals | undefined;
  const stopListening = io.onSignal((signal) => {
    interruptedBy ??= signal;
  });
  try {
    await using emulator = await createEmulator();
    const { project, service, accounts } = emulator.world.defaults;
    const parent = io.environment.variables;
    const variables = { ...parent, ...(await emulator.prepareEnvironment(undefined, parent)) };
    const act = createDemoActor(io, { ...io.environment, variables });
    const teller = tellerFor(invocation);
    teller.begin({ account: accounts[0] ?? "", service, project });
    const told: { readonly step: DemoStep; readonly outcome: DemoOutcome }[] = [];
    for (const step of demoSteps) {
      if (interruptedBy !== undefined) return 128 + constants.signals[interruptedBy];
      const outcome = await act(step);
      told.push({ step, outcome });
      teller.tell(step, outcome);
    }
    const wrong = told.filter(({ step, outcome }) => outcome.seen !== step.expected).length;
    teller.end(wrong);
    if (settings.format === "json") {
      printer.json(
        told.map(({ step: { name, part, gcloud, runpass, expected }, outcome: { seen } }) => ({
          name,
          part,
          gcloud,
          runpass,
          expected,
          seen,
        })),
      );
    }
    return wrong === 0 ? 0 : 1;
  } finally {
    stopListening();
  }
};

function tellerFor({ printer, settings }: Invocation): Teller {
  if (settings.format === "json") return { begin: () => {}, tell: () => {}, end: () => {} };
  return createTeller(printer, demoTexts[(settings.text("lang") as DemoLanguage | undefined) ?? "en"]);
}
