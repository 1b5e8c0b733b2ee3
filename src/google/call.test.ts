import assert from "node:assert/strict";
import { test } from "node:test";
import { callApi } from "./call.ts";

test("a project that the caller may not use is left out, as gcloud does", async () => {
  const projects: (string | null)[] = [];
  const fetch = async (_url: string, init?: RequestInit): Promise<Response> => {
    const project = new Headers(init?.headers).get("x-goog-user-project");
    projects.push(project);
    if (project === null) return Response.json({ groups: [] });
    const details = [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "USER_PROJECT_DENIED" }];
    return Response.json(
      { error: { code: 403, message: "no", status: "PERMISSION_DENIED", details } },
      { status: 403 },
    );
  };
  const url = "https://cloudidentity.googleapis.com/v1/groups:lookup";
  const request = { method: "GET", url, accessToken: "token", quotaProject: "theirs" } as const;
  assert.deepEqual(await callApi(fetch, request), { groups: [] });
  assert.deepEqual(projects, ["theirs", null]);
});
