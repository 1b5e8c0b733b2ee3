import path from "node:path";

/** The bundled command, as it is published. `npm run build` makes it. */
export const command: string = path.join(import.meta.dirname, "..", "dist", "runpass.js");
