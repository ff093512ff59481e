import assert from "node:assert/strict";
import { test } from "node:test";
import { drugsOf, expectations, sharesOf, wrapped } from "../src/tournament/carried";
import type { Carried, Contender, Tournament } from "../src/tournament/types";

function row(drug: string, time: string, mechanism: string, share: number): Carried {
  return { drug, time, time_h: 0, mechanism, title: mechanism.toUpperCase(), share, low: share - 0.2, high: share + 0.2 };
}

const ROWS = [
  ..."abcdefgh".split("").map((name, k) => row("ketamine", "2 h", name, 0.1 * k)),
  row("ketamine", "24 h", "h", 0.9),
  row("escitalopram", "2 h", "g", 0.05),
];

test("the six that carry most keep their order, whatever the drug", () => {
  const [one, other] = drugsOf(ROWS).map((drug) => sharesOf(ROWS, drug));
  assert.deepEqual(drugsOf(ROWS), ["ketamine", "escitalopram"]);
  assert.deepEqual(one!.lines.map((line) => line.mechanism), ["h", "g", "f", "e", "d", "c"]);
  assert.deepEqual(other!.lines.map((line) => line.mechanism), one!.lines.map((line) => line.mechanism));
  assert.deepEqual(one!.times, ["2 h", "24 h"]);
  assert.equal(one!.lines[1]!.rows[1], null);
  assert.ok(one!.low <= -0.15 + 1e-9 && one!.high >= 1.1 - 1e-9);
});

test("those who expect the same stand together, the heaviest first", () => {
  const hypotheses = ["Surge", "Habenula", "Rafts"].map((title) => ({ title }) as Contender);
  const found = { hypotheses } as Tournament;
  const each = { rank: 1, design: "", bits: 1, n: 8, n_to_separate: null, predicted: ["up", "none", "up"], chances: [] };
  assert.deepEqual(expectations(found, each), [["up", ["Surge", "Rafts"]], ["none", ["Habenula"]]]);
});

test("labels break between words", () => {
  assert.deepEqual(wrapped("24 h"), ["24 h"]);
  assert.deepEqual(wrapped("2 weeks after a course", 14), ["2 weeks after", "a course"]);
});
