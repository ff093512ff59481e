import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, valueAt } from "../src/frame";
import { bytes, QUESTION } from "./example";

const HEADER = {
  id: 7, want: "typical", n_times: 3, ms: 1,
  series: [{ arm: "a", output: "MADRS", stat: "value" }, { arm: "b", output: "MADRS", stat: "value" }],
};

test("columns are found by arm, output and statistic", () => {
  const frame = decodeFrame(bytes(HEADER, [[0, 1, 2], [33, 30, 20], [33, 33, 32]]), QUESTION);
  assert.deepEqual([...frame.times_h], [0, 1, 2]);
  assert.deepEqual([...frame.column("b", "MADRS")!], [33, 33, 32]);
  assert.equal(frame.column("c", "MADRS"), undefined);
  assert.equal(frame.question, QUESTION);
});

test("a frame cut short is refused", () => {
  const whole = bytes(HEADER, [[0, 1, 2], [33, 30, 20], [33, 33, 32]]);
  assert.throws(() => decodeFrame(whole.slice(0, -4), QUESTION), /announced/);
  assert.throws(() => decodeFrame(whole.slice(0, 3), QUESTION), /empty/);
});

test("values are linear between samples and absent outside", () => {
  assert.equal(valueAt([0, 2, 4], [0, 10, 0], 1), 5);
  assert.equal(valueAt([0, 2, 4], [0, 10, 0], 4), 0);
  assert.ok(Number.isNaN(valueAt([0, 2, 4], [0, 10, 0], 5)));
  assert.ok(Number.isNaN(valueAt([0, 2], undefined, 1)));
});
