import type { CommandArgument } from "./command.ts";

/** The service that a command is about. */
export const target: CommandArgument = {
  name: "TARGET",
  help: "SERVICE, SERVICE@REGION, projects/P/locations/L/services/S or a URL; default: $RUN_SERVICE, then $SERVICE_URL",
};
