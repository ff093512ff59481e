import assert from "node:assert/strict";
import { test } from "node:test";
import { armLooks, panelOf } from "../src/panels";
import { timeTicks, valueTicks } from "../src/ticks";
import { fixedText, lengthText, numberText, percentText } from "../src/words";
import { CATALOGUE, frame, QUESTION } from "./example";

const TIMES = [0, 24, 336];
const [CONCENTRATION, MADRS, RESPONSE] = CATALOGUE.charts as [never, never, never];

test("the control is grey and dashed, the others take the house colours in order", () => {
  assert.deepEqual(armLooks(QUESTION).map((look) => look.colour), ["blue", "soft"]);
  const both = armLooks({ ...QUESTION, control: "ketamine" });
  assert.deepEqual(both.map((look) => look.colour), ["soft", "blue"]);
});

test("limits are round, hold the curves, and rounding of a zero is no curve", () => {
  const typical = frame({ "ketamine Cket value": [1e-16, 187, 3e-9], "ketamine MADRS value": [33, 17, 24] }, TIMES);
  const answers = { question: typical.question, typical, ribbon: null };
  const [lane] = panelOf(CONCENTRATION, CATALOGUE, answers).lanes;
  assert.deepEqual([lane!.low, lane!.high], [0, 200]);
  const [score] = panelOf(MADRS, CATALOGUE, answers).lanes;
  assert.ok(score!.low <= 16.5 && score!.high >= 33);
  assert.deepEqual(score!.lines.map((line) => line.value), [16.5]);
});

test("shares need a population", () => {
  const typical = frame({ "ketamine MADRS value": [33, 17, 24] }, TIMES);
  assert.match(panelOf(RESPONSE, CATALOGUE, { question: QUESTION, typical, ribbon: null }).empty!, /population/);
});

test("while a ribbon is late the typical course runs ahead of it", () => {
  const asked = { ...QUESTION, people: "population" as const };
  const older = { ...asked, seed: 2 };
  const typical = frame({ "ketamine MADRS value": [33, 10, 20] }, TIMES, {}, asked);
  const columns = Object.fromEntries(["mean", "p5", "p95", "p25", "p75"].map((stat) => [`ketamine MADRS ${stat}`, [33, 17, 24]]));
  const ribbon = frame(columns, TIMES, { want: "ribbon" }, older);
  const late = panelOf(MADRS, CATALOGUE, { question: asked, typical, ribbon });
  assert.ok(late.stale);
  assert.deepEqual(late.lanes[0]!.curves.map((curve) => curve.role), ["p5", "p95", "p25", "p75", "line", "ghost"]);
  assert.equal(late.who, "200 simulated people");
  // Nothing runs ahead any more, and the chart has the same curves: it need not be built anew.
  const arrived = panelOf(MADRS, CATALOGUE, { question: older, typical, ribbon });
  const ghost = arrived.lanes[0]!.curves.find((curve) => curve.role === "ghost");
  assert.deepEqual(Array.from(ghost!.y), [null, null, null]);
});

test("what is not in the model is left out, and said where nothing is left", () => {
  const typical = frame({ "ketamine MADRS value": [33, 17, 24] }, TIMES);
  assert.match(panelOf(CONCENTRATION, CATALOGUE, { question: QUESTION, typical, ribbon: null }).empty!, /Nothing/);
});

test("ticks keep apart, and lie inside", () => {
  for (const width of [120, 260, 900]) {
    const ticks = timeTicks(1 / 30, 336, true, width);
    assert.ok(ticks.length >= 2);
    const x = ticks.map((tick) => (Math.log(tick.at * 30) / Math.log(336 * 30)) * width);
    x.slice(1).forEach((each, k) => assert.ok(each - x[k]! > 20));
  }
  assert.deepEqual(timeTicks(0, 336, false, 300).map((tick) => tick.text), ["0", "7 d", "14 d"]);
  assert.deepEqual(valueTicks(0.995, 1.02, 0).map((tick) => tick.text), ["0.995", "1.02"]);
  assert.deepEqual(valueTicks(0, 40, 200).map((tick) => tick.text), ["0", "10", "20", "30", "40"]);
});

test("numbers are read as people read them", () => {
  assert.equal(numberText(0.01234), "0.0123");
  assert.equal(numberText(-5.678), "−5.68");
  assert.equal(fixedText(-0.001, 1), "0.0");
  assert.equal(percentText(0.004), "<1\u202f%");
  assert.equal(lengthText(0.5), "30\u202fmin");
  assert.equal(lengthText(26), "26\u202fh");
  assert.equal(lengthText(336), "14\u202fd");
});
