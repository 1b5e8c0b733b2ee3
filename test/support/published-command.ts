import { join } from "node:path";

/** The command as it is published, for child processes: it starts in half the time of its sources. `npm test` builds it. */
export const publishedCommand: string = join(import.meta.dirname, "..", "..", "dist", "runpass.js");
