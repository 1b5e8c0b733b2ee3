import { globSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { goThroughEmulator } from "../situations/go-through.ts";
import type { Observation, Unseen } from "../situations/situation.ts";

/** What Google and the emulator did differently. Kept as a file, it says what the emulator must do. */
export interface LiveDifferences {
  /** Of the day on which Google was asked: `2026-11-24`. */
  readonly date: string;
  readonly differences: readonly LiveDifference[];
}

export interface LiveDifference {
  readonly step: string;
  readonly google: Observation;
  readonly emulator: Observation | undefined;
  /** Why the emulator stays as it is. Written by hand: without it, the offline run fails until both are the same. */
  readonly accepted?: string;
}

type Seen = readonly (Observation | Unseen)[];

const isObservation = (each: Observation | Unseen): each is Observation => "status" in each;

/** What Google was seen to do otherwise. What its project could not hold says nothing. */
export function compare(google: Seen, emulator: Seen): readonly LiveDifference[] {
  return google.filter(isObservation).flatMap((theirs) => {
    const ours = emulator.filter(isObservation).find(({ step }) => step === theirs.step);
    return isDeepStrictEqual(theirs, ours) ? [] : [{ step: theirs.step, google: theirs, emulator: ours }];
  });
}

/** Writes a day's differences, an earlier file of the day replaced. @returns the path. */
export async function writeDifferences(directory: string, found: LiveDifferences): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${found.date}.json`);
  await writeFile(file, `${JSON.stringify(found, null, 2)}\n`);
  return file;
}

let observed: Promise<Seen> | undefined;

/** What the emulator does, as it is now. It stays as it is while a process lasts. */
export function emulatorsObservation(): Promise<Seen> {
  return (observed ??= goThroughEmulator());
}

/** What the recorded Google still does otherwise than the emulator, of every file in a directory, but for what is accepted. */
export async function replay(directory: string): Promise<readonly string[]> {
  const files = globSync("*.json", { cwd: directory }).toSorted();
  if (files.length === 0) return [];
  const now = await emulatorsObservation();
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
  return texts.flatMap((text, at) => {
    const { differences } = JSON.parse(text) as LiveDifferences;
    const open = differences.filter(({ accepted }) => accepted === undefined).map(({ google }) => google);
    return compare(open, now).map(({ step }) => `${files[at]}: ${step}`);
  });
}
