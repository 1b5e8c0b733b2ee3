import assert from "node:assert/strict";
import test from "node:test";
import { formatMember, parseMember } from "./member.ts";

const workload = "iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci";
const workforce = "iam.googleapis.com/locations/global/workforcePools/staff";

test("members of identity pools are read in each form that IAM documents, and written as they were", () => {
  const members = [
    ...[workload, workforce].flatMap((pool) => [
      `principal://${pool}/subject/repo:acme/web:ref:main`,
      `principalSet://${pool}/group/builders`,
      `principalSet://${pool}/attribute.repository/acme/web`,
      `principalSet://${pool}/*`,
    ]),
    `principal://${workload.replace("/ci", "/demo.svc.id.goog")}/subject/ns/default/sa/web`,
    "principal://goog/subject/dev@example.com",
    "principalSet://cloudresourcemanager.googleapis.com/projects/123",
  ];
  for (const text of members) {
    const member = parseMember(text);
    assert.ok(member, text);
    assert.equal(formatMember(member), text);
  }
});

test("what can mean nobody of an identity pool is no member", () => {
  const wrong = [
    "principal://",
    `principal://${workload}`,
    `principal://${workload}/subject/`,
    `principal://${workload}/*`,
    `principal://${workload}/group/builders`,
    `principalSet://${workload}/subject/job`,
    `principalSet://${workload}/attribute.repository`,
    `principalSet://${workload}/attribute./acme`,
    `principal://${workload.replace("123", "demo-project")}/subject/job`, // a project has its number here
    `principal://sts.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/job`,
    `principal://iam.googleapis.com/locations/eu/workforcePools/staff/subject/ann`,
  ];
  for (const text of wrong) assert.equal(parseMember(text), undefined, text);
});
