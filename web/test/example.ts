/** A small catalogue, questions and frames for the tests. */

import { frameOf } from "../src/frame";
import type { Catalogue, Frame, FrameHeader, Question } from "../src/types";

export const QUESTION: Question = {
  v: 1, people: "typical", n: 200, population: "trd", seed: 1, until_d: 14,
  arms: [
    { name: "ketamine", steps: [{ drug: "ketamine", dose: "0.5 mg/kg", over: "40 min", route: "infusion" }] },
    { name: "saline", steps: [{ drug: "saline", over: "40 min" }] },
  ],
  control: "saline", off: [], scale: {}, block: {}, values: {}, overrides: {},
};

export const CATALOGUE: Catalogue = {
  program: "ketasim", version: "0", model_hash: "abc", notice: "", default: QUESTION, presets: [],
  outputs: {
    MADRS: { unit: "points", label: "MADRS total score", mechanism: "mood", rest: 33, bounds: [0, 60] },
    Cket: { unit: "ng/mL", label: "ketamine, venous plasma", mechanism: "pk", rest: 0, bounds: [0, null] },
  },
  charts: [
    { key: "concentration", title: "Drug in plasma", unit: "ng/mL", outputs: ["Cket"], kind: "line" },
    { key: "MADRS", title: "MADRS", unit: "points", outputs: ["MADRS"], kind: "line" },
    { key: "response", title: "Response", unit: "share", outputs: ["MADRS"], kind: "share" },
  ],
  drugs: [
    {
      name: "ketamine", title: "Ketamine",
      routes: [
        { route: "infusion", needs: ["dose", "over"], typical_dose: 0.5, unit: "mg/kg", lowest: 0, highest: 2 },
        { route: "intranasal", needs: ["dose"], typical_dose: 50, unit: "mg" },
      ],
    },
  ],
  populations: [], regimens: [], mechanisms: [],
  pathway: { size: [1, 1], compartments: [], nodes: [], edges: [] },
  ledger: [], sources: {}, limits: { n_max: 1000, until_max_d: 365, arms_max: 3 },
};

export function frame(
  columns: Record<string, number[]>,
  times_h: number[],
  part: Partial<FrameHeader> = {},
  question: Question = QUESTION,
): Frame {
  const series = Object.keys(columns).map((name) => {
    const [arm, output, stat] = name.split(" ") as [string, string, string];
    return { arm, output, stat };
  });
  const header: FrameHeader = { id: 1, want: "typical", n_times: times_h.length, series, ms: 1, ...part };
  return frameOf(header, Float32Array.from(times_h), Object.values(columns).map((c) => Float32Array.from(c)), question);
}

/** A frame as bytes, as the server writes it. */
export function bytes(header: object, columns: number[][]): ArrayBuffer {
  let text = JSON.stringify(header);
  while ((text.length + 4) % 4) text += " ";
  const whole = new ArrayBuffer(4 + text.length + 4 * columns.flat().length);
  new DataView(whole).setUint32(0, text.length, true);
  new Uint8Array(whole, 4).set(new TextEncoder().encode(text));
  new Float32Array(whole, 4 + text.length).set(columns.flat());
  return whole;
}
