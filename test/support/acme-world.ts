import { defaultWorld } from "../../src/emulator/world/world.ts";
import type {
  World,
  WorldFolder,
  WorldOrganization,
  WorldProject,
  WorldService,
} from "../../src/emulator/world/world.ts";

/** Numbers of the organisation, the outer folder and the one inside it. */
export const organizationId = "1000000000001";
export const outerFolderId = "2000000000001";
export const innerFolderId = "2000000000002";

/** The default project, two folders deep in the organisation of example.com, with what a test hangs on each level. */
export function acmeWorld(levels: {
  readonly organization?: Partial<WorldOrganization>;
  readonly outer?: Partial<WorldFolder>;
  readonly inner?: Partial<WorldFolder>;
  readonly project?: Partial<WorldProject>;
  readonly service?: Partial<WorldService>;
  readonly groups?: World["groups"];
  readonly users?: World["users"];
}): World {
  const { organization, outer, inner, project, service, groups = [], users = [] } = levels;
  return {
    ...defaultWorld,
    organizations: [{ id: organizationId, domain: "example.com", customerId: "C01acme", ...organization }],
    folders: [
      { id: outerFolderId, displayName: "outer", parent: `organizations/${organizationId}`, ...outer },
      { id: innerFolderId, displayName: "inner", parent: `folders/${outerFolderId}`, ...inner },
    ],
    projects: defaultWorld.projects.map((each) => ({ ...each, parent: `folders/${innerFolderId}`, ...project })),
    services: defaultWorld.services.map((each) => ({ ...each, ...service })),
    users: [...defaultWorld.users, ...users],
    groups,
  };
}
