import type { World, WorldDefaults, WorldService } from "./world.ts";

/** A service as a file describes it: project and region are the defaults' where it names none. */
export type FileService = Omit<WorldService, "project" | "region"> & Partial<Pick<WorldService, "project" | "region">>;

/** A world as a file describes it. What is left out is the default world's, or follows from the rest. */
export type FileWorld = Partial<Omit<World, "services" | "defaults">> & {
  readonly services?: readonly FileService[];
  readonly defaults?: Partial<WorldDefaults>;
};

/** Records by kind and key: what is only state. */
export type KeptRecords = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A whole file: `runpass.yaml`, or an export of the emulator. */
export interface FileDocument {
  /** The emulator's world. */
  readonly emulator?: FileWorld;
  /** What `runpass proxy` serves. */
  readonly proxy?: unknown;
  /** In an export: in what the state differs from what its world begins with. */
  readonly state?: KeptRecords;
  /** In an export that was asked for them: what somebody else could be you with. */
  readonly secrets?: KeptRecords;
}
