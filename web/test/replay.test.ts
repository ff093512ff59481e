import assert from "node:assert/strict";
import { test } from "node:test";
import { frameCsv } from "../src/doors";
import { ReplaySource, type ReplayData, unpacked } from "../src/replay";
import type { Arm, Catalogue, Frame, Problem, Question, Want } from "../src/types";
import { CATALOGUE, QUESTION } from "./example";

/** Columns as the Python side packs them: ends, low bytes and high bytes of differences. */
function packed(columns: number[][]): Uint8Array {
  const lows = columns.map((column) => Math.min(...column.filter(Number.isFinite)));
  const highs = columns.map((column) => Math.max(...column.filter(Number.isFinite)));
  const steps = columns.flatMap((column, c) => {
    let last = 0;
    return column.map((value) => {
      const place = Number.isFinite(value) ? Math.round(((value - lows[c]!) / (highs[c]! - lows[c]! || 1)) * 65534) : 65535;
      const difference = (place - last) & 0xffff;
      last = place;
      return difference;
    });
  });
  const ends = new Uint8Array(Float32Array.from([...lows, ...highs]).buffer);
  return Uint8Array.from([...ends, ...steps.map((s) => s & 255), ...steps.map((s) => s >> 8)]);
}

function armsAt(factor: number): Arm[] {
  return QUESTION.arms.map((arm, k) =>
    k === 0 ? { ...arm, steps: arm.steps.map((step) => ({ ...step, dose: `${factor} mg/kg` })) } : arm,
  );
}

function source(): ReplaySource {
  const first: Question = { ...QUESTION, arms: armsAt(1), off: [] };
  const main = first.arms[0]!.name;
  const bytes = [packed([[33, 20, 10]]), packed([[33, 32, 31]]), packed([[33, 25, 20]])];
  const entry = (at: number) => ({ at, failed: 0, mg: [1, 1] as [number, number] });
  const size = bytes[0]!.length;
  const entries = Object.fromEntries([
    [`typical|${main}|1|`, entry(0)],
    [`typical|${main}|1|bdnf`, entry(size)],
    [`typical|${main}|2|`, entry(2 * size)],
    ...first.arms.slice(1).map((arm) => [`typical|${arm.name}|1|`, entry(size)]),
    ...first.arms.slice(1).map((arm) => [`typical|${arm.name}|1|bdnf`, entry(size)]),
  ]);
  const data = {
    catalogue: { default: first } as unknown as Catalogue,
    main,
    doses: [1, 2].map((factor) => ({ factor, arms: armsAt(factor), marks: [] })),
    off: ["bdnf", "raft"],
    kinds: { typical: { series: [["MADRS", "value"]], times_h: [0, 1, 2] }, ribbon: { series: [], times_h: [] } },
    entries,
    attribution: {},
    columns: "",
  } as unknown as ReplayData;
  const whole = Uint8Array.from(bytes.flatMap((each) => [...each]));
  return new ReplaySource(data, Promise.resolve(whole.buffer as ArrayBuffer));
}

function asked(from: ReplaySource, want: Want, question: Question): Promise<Frame | Problem> {
  return new Promise((resolve) => from.ask(want, question, {}, resolve, resolve));
}

test("columns come back within a step of their range, gaps as NaN", () => {
  const bytes = packed([[0, 1, 0.25, NaN, 0.5], [-3, 4, 4, -3, 0]]);
  const [first, second] = unpacked(bytes.buffer as ArrayBuffer, 0, 2, 5) as [Float32Array, Float32Array];
  [0, 1, 0.25, NaN, 0.5].forEach((value, k) => {
    if (Number.isNaN(value)) assert.ok(Number.isNaN(first[k]!));
    else assert.ok(Math.abs(first[k]! - value) < 1 / 130_000, `${first[k]} is not ${value}`);
  });
  assert.ok(Math.abs(second[4]!) < 7 / 130_000);
});

test("another dose and a mechanism at rest are looked up, not computed", async () => {
  const from = source();
  const first = (await from.catalogue()).default;
  const usual = (await asked(from, "typical", first)) as Frame;
  assert.ok(Math.abs(usual.column(from.data.main, "MADRS")![2]! - 10) < 1e-3);
  const twice = (await asked(from, "typical", { ...first, ...from.atFactor(2) })) as Frame;
  assert.ok(Math.abs(twice.column(from.data.main, "MADRS")![2]! - 20) < 1e-3);
  // A chart is drawn again only where its frame bears another number.
  assert.notEqual(twice.id, usual.id);
  const without = (await asked(from, "typical", { ...first, off: ["bdnf"] })) as Frame;
  assert.ok(Math.abs(without.column(from.data.main, "MADRS")![2]! - 31) < 1e-3);
});

test("what the page does not hold is said, and never answered by something near", async () => {
  const from = source();
  const first = (await from.catalogue()).default;
  for (const other of [
    { off: ["bdnf", "raft"] },
    { off: ["pk"] },
    { seed: first.seed + 1 },
    { until_d: 3 },
    { values: { kf: 2 } },
    { arms: armsAt(3) },
  ]) {
    const told = (await asked(from, "typical", { ...first, ...other })) as Problem;
    assert.match(told.problems?.[0] ?? "", /ketasim explore/, JSON.stringify(other));
  }
  const shares = (await asked(from, "attribution", first)) as Problem;
  assert.match(shares.problems![0]!, /first question only/);
});

test("one mechanism at a time is put to rest", async () => {
  const from = source();
  const first = (await from.catalogue()).default;
  assert.deepEqual(from.switched(first, "bdnf"), ["bdnf"]);
  assert.deepEqual(from.switched({ ...first, off: ["bdnf"] }, "raft"), ["raft"]);
  assert.deepEqual(from.switched({ ...first, off: ["bdnf"] }, "bdnf"), []);
});

test("the numbers on the screen become a table", async () => {
  const from = source();
  const frame = (await asked(from, "typical", (await from.catalogue()).default)) as Frame;
  const [head, row] = frameCsv(frame, CATALOGUE.outputs).split("\n") as [string, string];
  assert.ok(head.startsWith(`time (h),${from.data.main} MADRS (points)`), head);
  assert.equal(row.split(",").length, head.split(",").length);
  assert.equal(Number(row.split(",")[1]), 33);
});
