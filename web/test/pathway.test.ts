import assert from "node:assert/strict";
import { test } from "node:test";
import { frameOf } from "../src/frame";
import { agreement, grouped } from "../src/panels/ledger";
import { carriers, pointsText, pointTicks } from "../src/panels/attribution";
import { filtered, sorted } from "../src/panels/evidence";
import { type MapNode, neighbour, reader, sharesAt } from "../src/pathway/state";
import { CATALOGUE, QUESTION } from "./example";

const BOX = { x: 0, y: 0, w: 10, h: 10, label: "", glyph: "biological activity" };
const catalogue = {
  ...CATALOGUE,
  outputs: { ...CATALOGUE.outputs, Bin: { unit: "fraction", label: "", mechanism: "nmda", rest: 0 } },
};
const frame = frameOf(
  {
    id: 1, want: "typical", n_times: 3, ms: 1,
    series: [{ arm: "a", output: "Bin", stat: "value" }, { arm: "a", output: "MADRS", stat: "value" }],
    doses: [{ arm: "a", start_h: 0, end_h: 0.7, label: "ketamine" }],
  },
  Float32Array.from([0, 1, 2]),
  [Float32Array.from([0, 0.4, 0]), Float32Array.from([30, 20, 30])],
  QUESTION,
);
const block: MapNode = { ...BOX, id: "n", output: "Bin", show: "percent", full: 0.4, complement: true };
const madrs: MapNode = { ...BOX, id: "m", output: "MADRS", show: "value", full: 15, from_start: true };

test("a node shows what is left, with a sign and words that need no colour", () => {
  const read = reader(catalogue, frame, "a");
  assert.deepEqual(read.at(block, 1).text, "▼ 60 %");
  assert.match(read.at(block, 1).words, /60 % left, low/);
  assert.match(read.at(block, 0).words, /at rest/);
  assert.ok(Math.abs(read.at(block, 1).level + 1) < 1e-6);
});

test("a person's own start is the rest of a score", () => {
  const read = reader(catalogue, frame, "a");
  assert.equal(read.at(madrs, 0).level, 0);
  assert.equal(read.at(madrs, 1).text, "▼ 20 points");
});

test("nothing is shown of an arm, an output or a part of a sum that the answer lacks", () => {
  const empty = { level: NaN, text: "", words: "" };
  assert.deepEqual(reader(catalogue, frame, "b").at(madrs, 1), empty);
  assert.deepEqual(reader(catalogue, frame, "a").at({ ...block, plus: ["none"] }, 1), empty);
  assert.deepEqual(reader(catalogue, null, "a").at(block, 1), empty);
});

test("a dose is given now, was given, or is not given", () => {
  const read = reader(catalogue, frame, "a");
  const dose: MapNode = { ...BOX, id: "dose", glyph: "perturbation" };
  assert.equal(read.at(dose, 0.5).words, "being given");
  assert.equal(read.at(dose, 1.5).words, "given before");
  assert.equal(read.at({ ...dose, id: "ssri" }, 0.5).words, "not given");
});

const shared = frameOf(
  {
    id: 2, want: "attribution", n_times: 2, ms: 1,
    series: ["share:x", "share:y", "error:x", "total"].map((stat) => ({ arm: "a", output: "MADRS", stat })),
  },
  Float32Array.from([1, 10]),
  [[4, 8], [-1, -2], [0.5, 0.5], [3, 6]].map((each) => Float32Array.from(each)),
  QUESTION,
);

test("shares are of the whole effect, negative ones too, and none where there is none", () => {
  assert.deepEqual([...sharesAt(shared, 1)], [["x", 4 / 3], ["y", -1 / 3]]);
  assert.deepEqual([...sharesAt(shared, 100)], [["x", 8 / 6], ["y", -2 / 6]]);
  assert.equal(sharesAt(null, 1).size, 0);
});

test("the chart keeps negative shares and room for the band", () => {
  const found = carriers(catalogue, shared);
  assert.deepEqual(found.lines.map((each) => each.mechanism), ["x", "y"]);
  assert.equal(found.low, -2);
  assert.equal(found.high, 8.5);
  assert.equal(pointsText(-2), "−2.0");
  assert.deepEqual(pointTicks(-2, 8), [-2, 0, 2, 4, 6, 8]);
});

test("arrow keys go to the nearest node that way", () => {
  const at = (id: string, x: number, y: number) => ({ ...BOX, id, x, y });
  const nodes = [at("a", 0, 0), at("b", 100, 0), at("c", 0, 100), at("d", 300, 5)];
  assert.equal(neighbour(nodes, nodes[0]!, "ArrowRight")?.id, "b");
  assert.equal(neighbour(nodes, nodes[0]!, "ArrowDown")?.id, "c");
  assert.equal(neighbour(nodes, nodes[0]!, "ArrowLeft"), null);
  assert.equal(neighbour(nodes, nodes[0]!, "x"), null);
});

test("findings against the model come first, and can be filtered", () => {
  const finding = (id: string, verdict: string, role = "validate") => ({ id, finding: id, role, verdict, study: "", source: "" });
  const all = [finding("a", "reproduced"), finding("b", "not resolved"), finding("c", "contradicted", "calibrate")];
  assert.deepEqual(sorted(all).map((each) => each.id), ["c", "b", "a"]);
  assert.deepEqual(filtered(all, { verdict: "", role: "validate", text: "B" }).map((each) => each.id), ["b"]);
});

test("claims that the model misses come first", () => {
  const claim = (evidence: string, model: string) => ({ id: evidence + model, claim: "c", evidence, model, why: "", sources: [] });
  assert.equal(agreement(claim("supported", "contradicted")), "disagree");
  assert.equal(agreement(claim("supported", "open")), "differ");
  const groups = grouped([claim("open", "open"), claim("contradicted", "supported")], "");
  assert.deepEqual(groups.map(([, , claims]) => claims.length), [1, 0, 1]);
});
