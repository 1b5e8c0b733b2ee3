import { styleText } from "node:util";
import type { Environment } from "../core/environment.ts";
import { readVariable } from "../core/environment.ts";
import { redact } from "../core/redact.ts";
import type { Logger } from "../core/context.ts";
import type { Io, Output } from "./io.ts";

/** Puts text out. Data goes to stdout, all else to stderr; everything is redacted but the token that was asked for. */
export interface Printer {
  /** One line of data. */
  line(text: string): void;
  /** One JSON value, indented, as data. */
  json(value: unknown): void;
  /** One JSON value on a line of its own, as data: one of many. */
  compact(value: unknown): void;
  /** A line for a person. */
  note(text: string): void;
  /** The very secret that the user asked for, as data. */
  secret(text: string): void;
  /** Styles for stdout, which do nothing unless it is a terminal. */
  readonly style: Style;
  /** Styles for stderr. */
  readonly noteStyle: Style;
  /** Warnings and what `--verbosity` asks for. */
  readonly log: Logger;
}

export type Style = Readonly<Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string>>;

export function createPrinter(io: Io, verbosity = "warning"): Printer {
  const noteStyle = styleOf(io.stderr, io.environment);
  const note = (text: string): void => {
    io.stderr.write(`${redact(text)}\n`);
  };
  return {
    line: (text) => {
      io.stdout.write(`${redact(text)}\n`);
    },
    json: (value) => {
      io.stdout.write(`${redact(JSON.stringify(value, null, 2))}\n`);
    },
    compact: (value) => {
      io.stdout.write(`${redact(JSON.stringify(value))}\n`);
    },
    note,
    secret: (text) => {
      io.stdout.write(`${text}\n`);
    },
    style: styleOf(io.stdout, io.environment),
    noteStyle,
    log: createLogger(verbosity, (level, message) => note(`${noteStyle.yellow(`${level}:`)} ${message}`)),
  };
}

/** Colours only on a terminal, and never where `NO_COLOR` is set (no-color.org). */
export function styleOf(output: Output, environment: Environment): Style {
  const isColoured =
    output.isTTY === true &&
    readVariable(environment, "NO_COLOR") === undefined &&
    readVariable(environment, "TERM") !== "dumb";
  const style =
    (format: keyof Style) =>
    (text: string): string =>
      isColoured ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: style("bold"),
    dim: style("dim"),
    red: style("red"),
    green: style("green"),
    yellow: style("yellow"),
    cyan: style("cyan"),
  };
}

/** gcloud's levels, loudest first. */
const levels: readonly string[] = ["debug", "info", "warning", "error", "critical", "none"];

function createLogger(verbosity: string, write: (level: string, message: string) => void): Logger {
  const at = (level: string) => (message: string) => {
    if (levels.indexOf(level) >= levels.indexOf(verbosity)) write(level, message);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warning") };
}
