import type { World, WorldBackend, WorldCommand } from "../world/world.ts";

/** What stands behind a service, read from the world. */
export type BackendSpec = "echo" | URL | WorldCommand;

/** Reads a backend of a world in which {@link findBackendFault} finds nothing. */
export function parseBackend(backend: WorldBackend = "echo"): BackendSpec {
  return backend === "echo" || typeof backend !== "string" ? backend : new URL(backend);
}

/** What is wrong with a world's backends, in words. */
export function findBackendFault({ services, images = [] }: World): string | undefined {
  const owners = [
    ...services.map(({ name, backend }) => ({ of: name, backend })),
    ...images.map(({ image, backend }) => ({ of: image, backend })),
  ];
  for (const { of, backend = "echo" } of owners) {
    if (typeof backend !== "string") {
      if (!backend.command[0]) return `the command behind ${of} is empty`;
    } else if (backend !== "echo" && !/^https?:$/.test(URL.parse(backend)?.protocol ?? "")) {
      return `${JSON.stringify(backend)}, behind ${of}, is neither "echo" nor an http or https URL`;
    }
  }
  return undefined;
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
