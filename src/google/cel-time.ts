import type { CelFunc, CelType } from "@bufbuild/cel";

/** Days and months count from 0 but for `getDate`. Source: CEL's language definition, "List of standard definitions". */
const methods: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDate: (wall) => wall.getUTCDate(),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getDayOfYear: (wall) => (startOfDay(wall) - Date.UTC(wall.getUTCFullYear(), 0, 1)) / 86_400_000,
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};

/** Names of the methods of a timestamp. */
export const timeMethodNames: readonly string[] = Object.keys(methods);

/**
 * The methods of a timestamp, with a time zone or without. The library's own work out the wall clock in the time zone of this
 * process and are off by an hour where that changes its clocks.
 */
export function timeMethods(
  { celMethod, CelScalar: { STRING, INT } }: typeof import("@bufbuild/cel"),
  timestamp: CelType,
): CelFunc[] {
  return Object.entries(methods).flatMap(([name, read]) => [
    celMethod(name, timestamp, [], INT, function () {
      return BigInt(read(new Date(toMs(this))));
    }),
    celMethod(name, timestamp, [STRING], INT, function (zone) {
      return BigInt(read(wallClock(toMs(this), zone)));
    }),
  ]);
}

function toMs(timestamp: unknown): number {
  const { message } = timestamp as { readonly message: { readonly seconds: bigint; readonly nanos: number } };
  const { seconds, nanos } = message;
  return Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
}

/**
 * The wall clock of a time zone, as a date that shows it in UTC.
 *
 * @param zone `Europe/Berlin`, `UTC`, or a fixed offset such as `+02:00` or `-03:30`.
 * @throws {RangeError} for a time zone that there is not.
 */
function wallClock(instantMs: number, zone: string): Date {
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (fixed) {
    const offsetMs = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
    return new Date(instantMs + (fixed[1] === "-" ? -offsetMs : offsetMs));
  }
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instantMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const wall = new Date(0);
  wall.setUTCFullYear(part("year"), part("month") - 1, part("day"));
  wall.setUTCHours(part("hour"), part("minute"), part("second"), new Date(instantMs).getUTCMilliseconds());
  return wall;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const numeric = "numeric";
    format = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
      timeZone: zone,
      hourCycle: "h23",
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    if (formats.size >= 100) formats.clear(); // a zone comes from an expression, and anybody may write many
    formats.set(zone, format);
  }
  return format;
}

function startOfDay(wall: Date): number {
  return Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
}
