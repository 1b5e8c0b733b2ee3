import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { evaluateCondition, findFault, loadConditions } from "../../../src/gate/condition.ts";
import { createApiClient } from "../../support/api-client.ts";

const address = "run.googleapis.com/v2/projects/demo-project/locations/us-central1/services/my-service";

/** What stands where a condition or its expression should, and must not be stored. */
const confused: Readonly<Record<string, unknown>> = {
  "a number for an expression": { title: "t", expression: 1 },
  "true for an expression": { title: "t", expression: true },
  "a list for an expression": { title: "t", expression: ["true"] },
  "an object for an expression": { title: "t", expression: { toString: "true" } },
  "an empty expression": { title: "t", expression: "" },
  "blanks for an expression": { title: "t", expression: " \n" },
  "no expression": { title: "t" },
  "a text for a condition": "true",
  "a list for a condition": ["true"],
  "a number as the outcome": { title: "t", expression: "1" },
  "a text as the outcome": { title: "t", expression: '"true"' },
  "a function of the language around it": { title: "t", expression: "process.exit(0)" },
  "the prototype": { title: "t", expression: "__proto__ == null" },
  "a constructor": { title: "t", expression: "request.constructor == null" },
  "a method of objects": { title: "t", expression: 'request.hasOwnProperty("time")' },
  "an inherited member of the tables": { title: "t", expression: "toString() == true" },
  "another type compared": { title: "t", expression: 'request.time < "2100-01-01T00:00:00Z"' },
  "a comment behind which more stands": { title: "t", expression: "true // && false\n || nonsense" },
};

for (const [name, condition] of Object.entries(confused)) {
  test(`${name} is refused, and the policy stays as it was`, async () => {
    const call = createApiClient().as("admin@example.com");
    const policy = {
      version: 3,
      bindings: [{ role: "roles/run.invoker", members: ["user:dev@example.com"], condition }],
    };
    const answer = await call(`POST ${address}:setIamPolicy`, { policy });
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
    const { body } = await call(`GET ${address}:getIamPolicy?options.requestedPolicyVersion=3`);
    assert.deepEqual(body, { etag: "ACAB" });
  });
}

test("no text makes a condition throw, or hold without being one", async () => {
  await loadConditions();
  const tokens = [
    ...[
      "true",
      "request",
      ".time",
      "resource",
      ".name",
      "<",
      "==",
      "&&",
      "||",
      "!",
      "(",
      ")",
      "[",
      "]",
      "{",
      "}",
      "?",
      ":",
    ],
    ...[
      '"a"',
      "'",
      "1",
      "-",
      ".",
      ",",
      "has",
      "timestamp",
      "duration",
      ".matches",
      "in",
      "\n",
      "//",
      "\\",
      "\u0000",
      "💥",
    ],
  ];
  const text = fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (expression) => {
      const fault = findFault(expression);
      const { outcome } = evaluateCondition(expression, { nowMs: 0, tags: [] });
      assert.ok(fault === undefined || outcome === "error");
    }),
    { numRuns: 1000 },
  );
});
