import { displayWidth, padTo } from "../columns.ts";
import type { Printer } from "../printer.ts";
import type { DemoOutcome } from "./act.ts";
import { demoSteps } from "./steps.ts";
import type { DemoStep } from "./steps.ts";
import type { DemoTexts } from "./texts.ts";

/** Tells the demo as it goes on. */
export interface Teller {
  begin(names: Parameters<DemoTexts["intro"]>[0]): void;
  tell(step: DemoStep, outcome: DemoOutcome): void;
  /** @param wrong How many steps went otherwise. */
  end(wrong: number): void;
}

/** Columns that a line of a shell may take before it is broken. */
const lineWidth = 88;

export function createTeller({ line, style }: Printer, texts: DemoTexts): Teller {
  const { bold, dim, green, red, cyan } = style;
  const titleWidth = Math.max(...Object.values(texts.steps).map(({ title }) => displayWidth(title)));
  let part: DemoStep["part"] | undefined;
  return {
    begin: (names) => {
      line(bold(texts.title));
      for (const text of texts.intro(names)) line(dim(text));
    },
    tell: (step, { seen, text }) => {
      if (step.part !== part) line(`\n${bold(texts.headings[step.part])}`);
      part = step.part;
      const { title, why } = texts.steps[step.name];
      const number = String(demoSteps.indexOf(step) + 1).padStart(2);
      const isAsTold = seen === step.expected;
      const mark = isAsTold ? green("✓") : red(`✗ (${texts.expected}: ${step.expected})`);
      line(`\n${number}  ${padTo(title, titleWidth)}  ${bold(text)} ${mark}`);
      line(`    ${dim(why)}`);
      for (const command of step.gcloud) line(shellLine(dim("gcloud "), command));
      if (step.runpass !== undefined) line(shellLine(cyan("runpass"), step.runpass));
    },
    end: (wrong) => {
      line("");
      if (wrong > 0) line(red(texts.notAsTold(wrong)));
      else for (const text of texts.allAsTold(demoSteps.length)) line(text);
    },
  };
}

/** A label and a command, broken before its options where it is long, so that it can still be copied. */
function shellLine(label: string, command: string): string {
  const indent = " ".repeat(13);
  const lines: string[] = [];
  for (const piece of command.split(/ (?=--)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + piece.length < lineWidth) lines.push(`${lines.pop()} ${piece}`);
    else lines.push(piece);
  }
  return `    ${label}  ${lines.join(` \\\n${indent}  `)}`;
}
