import { buffer } from "node:stream/consumers";
import { readVariable } from "../../core/environment.ts";
import { RunpassError } from "../../core/errors.ts";
import { connectEmulator } from "../../emulator/control-client.ts";
import { pushProducts } from "../../emulator/push/products.ts";
import type { PushProduct } from "../../emulator/push/products.ts";
import type { PushReport } from "../../emulator/push/push.ts";
import type { Execute, Invocation } from "../command-line/command.ts";

export const execute: Execute = async (invocation) => {
  const { io, settings, arguments: words, printer } = invocation;
  const [target = ""] = words;
  const slashAt = target.indexOf("/");
  // As elsewhere: without a value SERVICE_ACCOUNT is read.
  const account = settings.has("impersonate-service-account")
    ? (settings.text("impersonate-service-account") ?? readVariable(io.environment, "SERVICE_ACCOUNT"))
    : undefined;
  const like = pushProducts.find((product) => product === settings.text("like"));
  if (target === "" || account === undefined || like === undefined) throw incomplete(account, like);
  const audience = settings.text("audiences");
  const attempts = settings.text("attempts");
  const report = await (
    await connectEmulator(io.environment)
  ).push({
    service: slashAt < 0 ? target : target.slice(0, slashAt),
    ...(slashAt < 0 ? {} : { path: target.slice(slashAt) }),
    account,
    like,
    dataBase64: (await readData(invocation)).toString("base64"),
    ...(audience === undefined ? {} : { audience }),
    ...(attempts === undefined ? {} : { attempts: Number(attempts) }),
    moveClock: settings.has("move-clock"),
  });
  if (settings.format === "json") printer.json(report);
  else show(invocation, report);
  if (report.delivered) return;
  throw new RunpassError({
    code: "call_refused",
    message: `${report.url} did not take the delivery`,
    why: `the last answer was ${report.attempts.at(-1)?.status}`,
    fix: "See what the front end decided, and why: runpass emulator trace",
  });
};

async function readData({ io, settings }: Invocation): Promise<Buffer> {
  const text = settings.text("message");
  if (text !== undefined) return Buffer.from(text);
  return io.stdin.isTTY === true ? Buffer.alloc(0) : buffer(io.stdin);
}

function show({ printer }: Invocation, report: PushReport): void {
  const { style } = printer;
  for (const { backoffMs, headers, status, answer } of report.attempts) {
    if (backoffMs > 0) printer.line(style.dim(`(again, ${backoffMs / 1000} s later as the product counts)`));
    printer.line(style.bold(`${report.method} ${report.url}`));
    for (const [name, value] of Object.entries(headers)) printer.line(`${name}: ${value}`);
    if (report.body !== "") printer.line(`\n${report.body}`);
    const isGood = status >= 200 && status < 300;
    printer.line(`\n${(isGood ? style.green : style.red)(status === 0 ? "no answer" : String(status))}`);
    if (answer !== "") printer.line(answer.trimEnd());
  }
}

function incomplete(account: string | undefined, like: PushProduct | undefined): RunpassError {
  const what =
    like === undefined
      ? `Say which product's manner: --like ${pushProducts.join("|")}`
      : account === undefined
        ? "Say which service account sends it: --as ACCOUNT"
        : "Say which service is called: SERVICE[/PATH]";
  return new RunpassError({
    code: "invalid_argument",
    message: "a push needs a service, an account and a product",
    fix: what,
  });
}
