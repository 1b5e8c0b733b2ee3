/** One measured line: a subject beside what it is compared with, both taken in the same run on the same machine. */
export interface Row {
  readonly subject: string;
  /** What one takes for granted, for example bare `node -e 0`. Absent where only the value itself has a goal. */
  readonly baseline?: string;
  /** For example `ms` or `requests/s`. */
  readonly unit: string;
  readonly value: number;
  readonly baselineValue?: number;
  /** What is aimed at: of the ratio `value / baselineValue`, or of the value itself. */
  readonly goal?: { readonly of: "ratio" | "value"; readonly atMost?: number; readonly atLeast?: number };
}

/** The ratio of subject to baseline, where there is a baseline. */
export function ratioOf({ value, baselineValue }: Row): number | undefined {
  return baselineValue === undefined ? undefined : value / baselineValue;
}

/** Whether the goal is met; `undefined` without one. */
export function meetsGoal(row: Row): boolean | undefined {
  if (!row.goal) return undefined;
  const { of, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = row.goal;
  const figure = of === "value" ? row.value : (ratioOf(row) ?? Number.NaN);
  return figure <= atMost && figure >= atLeast;
}

/** The middle one, so that a few slow runs on a noisy machine do not count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
