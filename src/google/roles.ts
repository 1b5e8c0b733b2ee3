/**
 * Predefined roles and the permissions in them, as far as runpass and the emulator ask for them.
 * Source: IAM's role reference, dump of 2026-08-22. A role that is not here grants nothing in the emulator.
 */

const readServices = [
  "run.services.get",
  "run.services.list",
  "run.services.getIamPolicy",
  "run.locations.list",
  "run.revisions.get",
  "run.revisions.list",
  "run.configurations.get",
  "run.configurations.list",
  "run.routes.get",
  "run.routes.list",
  "run.operations.get",
  "run.operations.list",
];
const writeServices = [
  "run.services.create",
  "run.services.update",
  "run.services.delete",
  "run.revisions.delete",
  "run.operations.delete",
];
const readAccounts = ["iam.serviceAccounts.get", "iam.serviceAccounts.list"];
const manageAccounts = [
  ...readAccounts,
  "iam.serviceAccounts.create",
  "iam.serviceAccounts.update",
  "iam.serviceAccounts.delete",
  "iam.serviceAccounts.undelete",
  "iam.serviceAccounts.enable",
  "iam.serviceAccounts.disable",
];
const manageKeys = [
  "iam.serviceAccountKeys.get",
  "iam.serviceAccountKeys.list",
  "iam.serviceAccountKeys.create",
  "iam.serviceAccountKeys.delete",
  "iam.serviceAccountKeys.enable",
  "iam.serviceAccountKeys.disable",
];
const readProject = ["resourcemanager.projects.get"];
const readFolders = ["resourcemanager.folders.get", "resourcemanager.folders.list", "resourcemanager.projects.list"];
const readOrganization = ["resourcemanager.organizations.get"];
const readAbove = [...readFolders, ...readOrganization];
const reviewAbove = ["resourcemanager.folders.getIamPolicy", "resourcemanager.organizations.getIamPolicy"];
const readDenyPolicies = ["iam.denypolicies.get", "iam.denypolicies.list"];
const readApis = ["serviceusage.services.get", "serviceusage.services.list"];
const readOrgPolicies = ["orgpolicy.policy.get"];
const readTags = [
  "resourcemanager.tagKeys.get",
  "resourcemanager.tagKeys.list",
  "resourcemanager.tagValues.get",
  "resourcemanager.tagValues.list",
  "resourcemanager.hierarchyNodes.listTagBindings",
  "run.services.listTagBindings",
];
const bindTags = [
  ...readTags,
  "resourcemanager.hierarchyNodes.createTagBinding",
  "resourcemanager.hierarchyNodes.deleteTagBinding",
  "run.services.createTagBinding",
  "run.services.deleteTagBinding",
];
const manageTags = [
  ...readTags,
  "resourcemanager.tagKeys.create",
  "resourcemanager.tagKeys.delete",
  "resourcemanager.tagValues.create",
  "resourcemanager.tagValues.delete",
];
const readRoles = ["iam.roles.get", "iam.roles.list"];
const manageRoles = [...readRoles, "iam.roles.create", "iam.roles.update", "iam.roles.delete", "iam.roles.undelete"];
const analyzePolicies = [
  "cloudasset.assets.analyzeIamPolicy",
  "cloudasset.assets.searchAllResources",
  "cloudasset.assets.searchAllIamPolicies",
];
const useApis = [...readApis, "serviceusage.services.use"];
const manageApis = [...useApis, "serviceusage.services.enable"];

const viewer = [
  ...readServices,
  ...readRoles,
  ...readAccounts,
  "iam.serviceAccounts.getIamPolicy",
  "iam.serviceAccountKeys.get",
  "iam.serviceAccountKeys.list",
  ...readProject,
  "resourcemanager.projects.getIamPolicy",
  ...readApis,
  ...readOrgPolicies,
];
const runDeveloper = [...readServices, ...writeServices, "run.routes.invoke", ...readProject];
const runAdmin = [...runDeveloper, "run.services.setIamPolicy"];
const editor = [
  ...viewer,
  ...writeServices,
  "run.routes.invoke",
  ...manageAccounts,
  ...manageKeys,
  "iam.serviceAccounts.actAs",
  ...manageApis,
];
const owner = [
  ...editor,
  ...manageRoles,
  ...manageTags,
  ...bindTags,
  "run.services.setIamPolicy",
  "iam.serviceAccounts.setIamPolicy",
  "resourcemanager.projects.setIamPolicy",
];

const table: Readonly<Record<string, readonly string[]>> = {
  "roles/viewer": viewer,
  "roles/editor": editor,
  "roles/owner": owner,
  "roles/run.invoker": ["run.routes.invoke"],
  "roles/run.servicesInvoker": ["run.routes.invoke"],
  "roles/run.viewer": [...readServices, ...readProject],
  "roles/run.developer": runDeveloper,
  "roles/run.editor": runDeveloper,
  "roles/run.sourceDeveloper": [...runDeveloper, ...readOrgPolicies],
  "roles/run.admin": runAdmin,
  "roles/cloudfunctions.developer": ["run.routes.invoke", ...readProject],
  "roles/cloudfunctions.editor": ["run.routes.invoke", ...readProject],
  "roles/cloudfunctions.admin": ["run.routes.invoke", ...readProject],
  "roles/firebase.admin": ["run.routes.invoke", ...readProject],
  "roles/firebase.developAdmin": ["run.routes.invoke", ...readProject],
  "roles/iam.devOps": ["run.routes.invoke", ...readOrgPolicies],
  "roles/iam.mlEngineer": ["run.routes.invoke", ...readOrgPolicies],
  "roles/iam.dataScientist": ["run.routes.invoke", ...readOrgPolicies],
  "roles/iam.roleAdmin": [...manageRoles, ...readProject, "resourcemanager.projects.getIamPolicy"],
  "roles/iam.roleViewer": [...readRoles, ...readProject, "resourcemanager.projects.getIamPolicy"],
  "roles/iam.organizationRoleAdmin": [...manageRoles, ...readProject, ...readOrganization],
  "roles/iam.securityAdmin": [
    ...readRoles,
    "run.services.list",
    "run.services.getIamPolicy",
    "run.services.setIamPolicy",
    ...readAccounts,
    "iam.serviceAccounts.getIamPolicy",
    "iam.serviceAccounts.setIamPolicy",
    "iam.serviceAccountKeys.list",
    ...readProject,
    "resourcemanager.projects.getIamPolicy",
    "resourcemanager.projects.setIamPolicy",
    ...readAbove,
    ...reviewAbove,
    "resourcemanager.folders.setIamPolicy",
    "resourcemanager.organizations.setIamPolicy",
    ...readDenyPolicies,
  ],
  "roles/iam.securityReviewer": [
    ...readRoles,
    "run.services.list",
    "run.services.getIamPolicy",
    ...readAccounts,
    "iam.serviceAccounts.getIamPolicy",
    "iam.serviceAccountKeys.list",
    ...readProject,
    "resourcemanager.projects.getIamPolicy",
    ...readAbove,
    ...reviewAbove,
    ...readDenyPolicies,
  ],
  "roles/iam.denyAdmin": [
    ...readDenyPolicies,
    "iam.denypolicies.create",
    "iam.denypolicies.update",
    "iam.denypolicies.delete",
    ...readProject,
    ...readAbove,
  ],
  "roles/iam.denyReviewer": [...readDenyPolicies, ...readProject, ...readAbove],
  "roles/iam.serviceAccountTokenCreator": [
    ...readAccounts,
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
  ],
  "roles/iam.serviceAccountOpenIdTokenCreator": ["iam.serviceAccounts.getOpenIdToken"],
  "roles/iam.workloadIdentityUser": [
    ...readAccounts,
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
  ],
  "roles/iam.serviceAccountUser": [...readAccounts, "iam.serviceAccounts.actAs", ...readProject],
  "roles/iam.serviceAccountAdmin": [
    ...manageAccounts,
    "iam.serviceAccounts.getIamPolicy",
    "iam.serviceAccounts.setIamPolicy",
    ...readProject,
  ],
  "roles/iam.serviceAccountKeyAdmin": [...readAccounts, ...manageKeys, ...readProject],
  "roles/iam.serviceAccountViewer": [
    ...readAccounts,
    "iam.serviceAccounts.getIamPolicy",
    "iam.serviceAccountKeys.get",
    "iam.serviceAccountKeys.list",
    ...readProject,
  ],
  "roles/resourcemanager.projectIamAdmin": [
    ...readProject,
    "resourcemanager.projects.getIamPolicy",
    "resourcemanager.projects.setIamPolicy",
  ],
  "roles/resourcemanager.folderIamAdmin": [
    "resourcemanager.folders.get",
    "resourcemanager.folders.getIamPolicy",
    "resourcemanager.folders.setIamPolicy",
  ],
  "roles/resourcemanager.tagAdmin": manageTags,
  "roles/resourcemanager.tagUser": bindTags,
  "roles/resourcemanager.tagViewer": readTags,
  "roles/resourcemanager.folderViewer": [...readFolders, ...readProject],
  "roles/resourcemanager.organizationViewer": readOrganization,
  "roles/orgpolicy.policyViewer": readOrgPolicies,
  "roles/orgpolicy.policyAdmin": readOrgPolicies,
  "roles/resourcemanager.organizationAdmin": [
    ...readOrgPolicies,
    ...readAbove,
    ...reviewAbove,
    "resourcemanager.folders.setIamPolicy",
    "resourcemanager.organizations.setIamPolicy",
    ...readProject,
    "resourcemanager.projects.getIamPolicy",
    "resourcemanager.projects.setIamPolicy",
  ],
  "roles/cloudasset.viewer": analyzePolicies,
  "roles/browser": [...readProject, "resourcemanager.projects.getIamPolicy", ...readAbove],
  "roles/serviceusage.serviceUsageAdmin": manageApis,
  "roles/serviceusage.serviceUsageConsumer": useApis,
  "roles/serviceusage.serviceUsageViewer": readApis,
};

const permissionSets: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(table).map(([role, permissions]) => [role, new Set(permissions)]),
);

const none: ReadonlySet<string> = new Set();

/** The permissions in a predefined role; none for a role that is not in the table. */
export function permissionsOf(role: string): ReadonlySet<string> {
  return permissionSets.get(role) ?? none;
}

/** Names of the predefined roles in the table. */
export function knownRoles(): readonly string[] {
  return [...permissionSets.keys()];
}

/** Whether a role is in the table. */
export function isKnownRole(role: string): boolean {
  return permissionSets.has(role);
}
