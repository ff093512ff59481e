import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCsv } from "../src/doors";
import { frameOf } from "../src/frame";
import type { Stat } from "../src/types";
import { CATALOGUE, QUESTION } from "./example";

// The server's test (tests/explorer/test_export.py) has the same.
const AS_WRITTEN = `\
time (h),ketamine MADRS (points),"a, b MADRS p95 (points)",ketamine Cket (ng/mL),\
ketamine MADRS response (share)
0,33,-4.125,0,0
0.1,31.23457,1e-07,1.234567e+09,nan
336,1234567,0.0001,inf,0.3333333
`;

test("the curves shown are written as the server writes them", () => {
  const series = [
    ["ketamine", "MADRS", "value"],
    ["a, b", "MADRS", "p95"],
    ["ketamine", "Cket", "value"],
    ["ketamine", "MADRS", "response"],
  ].map(([arm, output, stat]) => ({ arm: arm!, output: output!, stat: stat as Stat }));
  const columns = [[33, 31.234567, 1234567], [-4.125, 1e-7, 1e-4], [0, 1234567000, Infinity], [0, NaN, 1 / 3]];
  const singles = columns.map((column) => Float32Array.from(column));
  const header = { id: 1, want: "ribbon" as const, n_times: 3, series, ms: 1 };
  const frame = frameOf(header, Float32Array.from([0, 0.1, 336]), singles, QUESTION);
  assert.equal(frameCsv(frame, CATALOGUE.outputs), AS_WRITTEN);
});
