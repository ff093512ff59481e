import assert from "node:assert/strict";
import { test } from "node:test";
import { hours, quantity, timeText } from "../src/quantities";
import { starts, usualStep, withDoseMoved, withoutDose } from "../src/steps";
import type { Step } from "../src/types";
import { CATALOGUE } from "./example";

const SERIES: Step = { drug: "ketamine", dose: "0.5 mg/kg", over: "40 min", every: "84 h", times: 4 };

test("times are read and written as study files have them", () => {
  assert.equal(hours("40 min"), 40 / 60);
  assert.equal(hours("8 weeks"), 1344);
  assert.equal(hours("-50 min"), -50 / 60);
  assert.equal(hours("7"), null);
  assert.equal(hours("7 parsecs"), null);
  for (const time_h of [0, 0.25, 3, 36, 72, -2]) assert.equal(hours(timeText(time_h)), time_h);
  assert.deepEqual(quantity("0.5 mg / kg"), { value: 0.5, unit: "mg/kg" });
});

test("repeats fall where the protocol says", () => {
  assert.deepEqual(starts(SERIES), [0, 84, 168, 252]);
  assert.deepEqual(starts({ per_week: 3, weeks: 2, start: "1 d" }), [24, 72, 120, 192, 240, 288]);
  assert.deepEqual(starts({}), [0]);
});

test("a dose taken from a series leaves the others where they are", () => {
  const every = (steps: Step[]) => steps.flatMap(starts).sort((a, b) => a - b);
  for (let k = 0; k < 4; k++) {
    assert.deepEqual(every(withoutDose(SERIES, k)), [0, 84, 168, 252].filter((_, j) => j !== k));
  }
  const weekly: Step = { drug: "ketamine", per_week: 2, weeks: 2 };
  assert.deepEqual(every(withoutDose(weekly, 1)), [0, 168, 240]);
  assert.deepEqual(withoutDose({ drug: "ketamine" }, 0), []);
  assert.deepEqual(every(withDoseMoved(SERIES, 3, 300)), [0, 84, 168, 300]);
  for (const step of withoutDose(SERIES, 2)) assert.equal(step.dose, "0.5 mg/kg");
});

test("another route brings its usual dose and drops what it has no use for", () => {
  const step = usualStep(CATALOGUE, "ketamine", "intranasal", SERIES);
  assert.deepEqual(step, { drug: "ketamine", route: "intranasal", dose: "50 mg", every: "84 h", times: 4 });
  assert.equal(usualStep(CATALOGUE, "ketamine", "nonsense").route, "infusion");
});
