import { RunpassError } from "../../core/errors.ts";
import type { World, WorldBackend, WorldCommand } from "../world.ts";

/** What stands behind a service, read from the world. */
export type BackendSpec = "echo" | URL | WorldCommand;

/**
 * Reads a backend as a world has it.
 *
 * @param of What has it, for the error.
 * @throws {RunpassError} `invalid_argument`.
 */
export function parseBackend(of: string, backend: WorldBackend = "echo"): BackendSpec {
  if (backend === "echo") return backend;
  if (typeof backend !== "string") {
    if (backend.command.length === 0 || backend.command[0] === "") throw wrong(of, "its command is empty");
    return backend;
  }
  const url = URL.parse(backend);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw wrong(of, `${JSON.stringify(backend)} is neither "echo" nor an http or https URL`);
}

/** Refuses a world one of whose backends cannot be. @throws {RunpassError} `invalid_argument`. */
export function checkBackends({ services, images = [] }: World): void {
  for (const { name, backend } of services) parseBackend(name, backend);
  for (const { image, backend } of images) parseBackend(image, backend);
}

/**
 * Whether a deployed image is one that the world names: the same, or, where the world names no tag, the same with any tag or
 * digest.
 */
export function isImage(deployed: string, named: string): boolean {
  if (deployed === named) return true;
  const withoutDigest = deployed.replace(/@[^@/]*$/, "");
  return withoutDigest === named || withoutDigest.replace(/:[^:/]*$/, "") === named;
}

function wrong(of: string, why: string): RunpassError {
  return new RunpassError({ code: "invalid_argument", message: `The backend of ${of} is no backend`, why });
}
