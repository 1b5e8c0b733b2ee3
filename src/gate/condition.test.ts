import assert from "node:assert/strict";
import { before, test } from "node:test";
import { evaluateCondition, findDenialFault, findFault, loadConditions } from "./condition.ts";
import type { ResourceTag } from "./view.ts";

before(loadConditions);

const nowMs = Date.parse("2026-03-08T07:30:00.250Z");
const tags: readonly ResourceTag[] = [
  { key: "123456789012/env", value: "prod", keyId: "tagKeys/1", valueId: "tagValues/2" },
];
const outcome = (expression: string): string => evaluateCondition(expression, { nowMs, tags }).outcome;

test("request.time is compared to the instant", () => {
  assert.equal(outcome('request.time < timestamp("2026-03-08T07:30:00.251Z")'), "holds");
  assert.equal(outcome('request.time < timestamp("2026-03-08T07:30:00.25Z")'), "fails");
  assert.equal(outcome('request.time <= timestamp("2026-03-08T16:30:00.250+09:00")'), "holds");
  assert.equal(outcome('request.time - duration("30m") == timestamp("2026-03-08T07:00:00.250Z")'), "holds");
  assert.equal(outcome('request.time > timestamp("2026-03-01T00:00:00Z") + duration("200h")'), "fails");
});

test("each part of the time is that of the time zone, also when clocks change there", () => {
  const parts = {
    getFullYear: 2026,
    getMonth: 2,
    getDate: 8,
    getDayOfMonth: 7,
    getDayOfWeek: 0,
    getDayOfYear: 66,
    getHours: 7,
    getMinutes: 30,
    getSeconds: 0,
    getMilliseconds: 250,
  };
  for (const [method, value] of Object.entries(parts))
    assert.equal(outcome(`request.time.${method}() == ${value}`), "holds");
  // New York went from 2 to 3 o'clock half an hour ago.
  assert.equal(outcome('request.time.getHours("America/New_York") == 3'), "holds");
  assert.equal(outcome('request.time.getHours("Asia/Tokyo") == 16'), "holds");
  assert.equal(outcome('request.time.getHours("-08:00") == 23 && request.time.getDate("-08:00") == 7'), "holds");
  assert.equal(outcome('request.time.getMinutes("+05:45") == 15'), "holds");
  assert.equal(outcome('request.time.getHours("Mars/Olympus") == 1'), "error");
});

test("tags are matched by name and by id", () => {
  assert.equal(outcome('resource.matchTag("123456789012/env", "prod")'), "holds");
  assert.equal(outcome('resource.matchTag("123456789012/env", "test")'), "fails");
  assert.equal(outcome('resource.matchTagId("tagKeys/1", "tagValues/2")'), "holds");
  assert.equal(outcome('resource.hasTagKey("123456789012/env") && !resource.hasTagKeyId("tagKeys/2")'), "holds");
});

test("what Cloud Run does not provide parses and cannot be evaluated, unless it does not matter (a guess: resource-attributes)", () => {
  for (const attribute of ["resource.name", "resource.type", "resource.service", "request.path", "request.host"]) {
    assert.equal(findFault(`${attribute} == "x"`), undefined);
    assert.equal(outcome(`${attribute} == "x"`), "error");
    assert.equal(outcome(`${attribute} == "x" || true`), "holds");
    assert.equal(outcome(`${attribute} == "x" && false`), "fails");
  }
});

test("what is no condition is said in words", () => {
  const faults: Readonly<Record<string, RegExp>> = {
    "request.time <": /^ERROR: .*expecting/,
    foo: /undeclared reference to 'foo'/,
    "request.tim < 1": /:1:8: undefined field 'tim'/,
    "true &&\n  request.tim < 1": /:2:10: undefined field 'tim'/,
    "request.time > 5": /no matching overload for '_>_' applied to '\(timestamp, int\)'/,
    "request.time.getHours(1) == 1": /no matching overload for 'getHours'/,
    "open('x')": /undeclared reference to 'open'/,
    '"a".constructor()': /undeclared reference to 'constructor'/,
    "request.time": /must be a bool/,
    "[1].exists(x, x == 1)": /comprehensions are not supported/,
    'resource.matchTag("a")': /no matching overload for 'matchTag'/,
    [`true${" && true".repeat(13)}`]: /13 logical operators/,
    [`${"(".repeat(60)}true${")".repeat(60)}`]: /nested deeper/,
    [`"${"x".repeat(3000)}" == ""`]: /characters/,
  };
  for (const [expression, fault] of Object.entries(faults)) {
    assert.match(findFault(expression) ?? "", fault, expression);
    assert.equal(outcome(expression), "error", expression);
  }
});

test("in a deny rule only tags count", () => {
  assert.equal(findDenialFault('!resource.matchTag("1/env", "test") && resource.hasTagKey("1/env")'), undefined);
  assert.match(findDenialFault('request.time < timestamp("2026-01-01T00:00:00Z")') ?? "", /'_<_' is not supported/);
  assert.match(findDenialFault("nonsense") ?? "", /undeclared/);
});
