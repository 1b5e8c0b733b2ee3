import assert from "node:assert/strict";
import { test } from "node:test";
import { locationLabel } from "../google/run-v1.ts";
import type { KnativeService } from "../google/run-v1.ts";
import { serviceOfV1, serviceOfV2 } from "./found-service.ts";

function ofV1(ready: object): string | undefined {
  const service = {
    metadata: { name: "web", labels: { [locationLabel]: "us-central1" } },
    status: { url: "https://web-x-uc.a.run.app", conditions: [{ type: "RoutesReady", status: "True" }, ready] },
  } as unknown as KnativeService;
  return serviceOfV1(service, "p")?.notReady;
}

function ofV2(terminalCondition?: { state: string; message?: string }): string | undefined {
  const name = "projects/p/locations/us-central1/services/web";
  const uri = "https://web-x-uc.a.run.app";
  return serviceOfV2({ name, uri, ...(terminalCondition ? { terminalCondition } : {}) }, "p")?.notReady;
}

test("a deployment that failed is known by either version of the API, and one that goes on is none", () => {
  assert.equal(ofV1({ type: "Ready", status: "False", message: "Image not\nfound." }), "Image not found");
  assert.equal(ofV1({ type: "Ready", status: "False" }), "no reason is told");
  assert.equal(ofV1({ type: "Ready", status: "Unknown" }), undefined);
  assert.equal(ofV1({ type: "Ready", status: "True" }), undefined);
  assert.equal(ofV2({ state: "CONDITION_FAILED", message: "Image not found." }), "Image not found");
  assert.equal(ofV2({ state: "CONDITION_RECONCILING" }), undefined);
  assert.equal(ofV2(), undefined);
});
