/** What a chart shows, as plain data: lanes, curves, ranges. Drawn by uPlot and in saved figures. */

import type { Catalogue, ChartInfo, Frame, OutputInfo, Question } from "./types";
import { fixedText, roundUp } from "./words";
import { valueAt } from "./frame";

export interface ArmLook {
  name: string;
  letter: string;
  /** Name of a colour variable, as "blue". */
  colour: string;
  dash: number[];
  isControl: boolean;
}

export type Role = "p5" | "p95" | "p25" | "p75" | "line" | "second" | "ghost";

export interface Curve {
  arm: ArmLook;
  role: Role;
  y: ArrayLike<number | null>;
}

export interface Lane {
  output: string;
  label: string;
  unit: string;
  low: number;
  high: number;
  rest: number | null;
  lines: { value: number; label: string }[];
  curves: Curve[];
}

export interface Panel {
  key: string;
  title: string;
  /** Who is shown: "one typical person", "200 simulated people". */
  who: string;
  unit: string;
  times_h: Float32Array;
  lanes: Lane[];
  arms: ArmLook[];
  /** Why nothing can be shown, instead of lanes. */
  empty: string | null;
  /** Says when the curves are others: the frames they are from, and how the arms look. */
  version: string;
  /** Whether the picture belongs to an earlier question. */
  stale: boolean;
}

const SERIES: [string, number[]][] = [
  ["blue", []],
  ["vermillion", [8, 4]],
  ["green", [2, 3]],
];
const CONTROL: [string, number[]] = ["soft", [6, 4]];

/** The colour and line shape of every arm: the house series, grey dashes for the control. */
export function armLooks(question: Question): ArmLook[] {
  let next = 0;
  return question.arms.map((arm, k) => {
    const isControl = arm.name === question.control;
    const [colour, dash] = isControl ? CONTROL : SERIES[next++ % SERIES.length]!;
    return { name: arm.name, letter: "ABC"[k] ?? String(k + 1), colour, dash, isControl };
  });
}

export interface Answers {
  question: Question;
  typical: Frame | null;
  ribbon: Frame | null;
}

/** The frame whose numbers a screen shows now, and the typical one that runs ahead of a ribbon. */
export function shownFrames(answers: Answers): { main: Frame | null; ahead: Frame | null } {
  const { question, typical, ribbon } = answers;
  if (question.people === "typical") return { main: typical, ahead: null };
  if (!ribbon) return { main: typical, ahead: null };
  const late = ribbon.question !== question && typical?.question === question;
  return { main: ribbon, ahead: late ? typical : null };
}

export function panelOf(chart: ChartInfo, catalogue: Catalogue, answers: Answers): Panel {
  const { main, ahead } = shownFrames(answers);
  const arms = armLooks(answers.question);
  const panel: Panel = {
    key: chart.key, title: chart.title, who: main ? whoText(main) : "", unit: chart.unit,
    times_h: main?.times_h ?? new Float32Array(), lanes: [], arms, empty: null,
    version: [main?.want, main?.id, ahead?.id, ...arms.map((arm) => arm.name + arm.colour)].join(),
    stale: main !== null && main.question !== answers.question,
  };
  if (!main) return { ...panel, empty: "Waiting for the first answer." };
  if (chart.kind === "share") return sharePanel(panel, chart, main);
  panel.lanes = chart.outputs.map((output) =>
    lane(output, chart, catalogue.outputs[output], arms, main, ahead),
  );
  // The concentration of a drug that is not given is not in the model then.
  panel.lanes = panel.lanes.filter((each) => each.curves.some((curve) => curve.role !== "ghost"));
  if (panel.lanes.length === 0) panel.empty = "Nothing of this is in the model as it is asked.";
  return panel;
}

export function whoText(frame: Frame): string {
  if (frame.want === "typical") return "one typical person";
  return frame.question.n === 1 ? "1 simulated person" : `${frame.question.n} simulated people`;
}

function sharePanel(panel: Panel, chart: ChartInfo, main: Frame): Panel {
  if (main.want !== "ribbon") {
    return { ...panel, empty: "One person responds or does not: shares need a population." };
  }
  const scored = chart.outputs.find((output) => !["response", "remission"].includes(output)) ?? "MADRS";
  panel.lanes = ["response", "remission"].map((stat) => ({
    output: stat, label: stat, unit: "share", low: 0, high: 1, rest: null, lines: [],
    curves: panel.arms.flatMap((arm) => {
      const y = main.column(arm.name, scored, stat) ?? main.column(arm.name, stat, "mean");
      return y ? [{ arm, role: "line" as const, y }] : [];
    }),
  }));
  return panel;
}

function lane(
  output: string,
  chart: ChartInfo,
  info: OutputInfo | undefined,
  arms: ArmLook[],
  main: Frame,
  ahead: Frame | null,
): Lane {
  const curves: Curve[] = [];
  // The control is drawn first, so that it lies under the others.
  for (const arm of [...arms].sort((a, b) => Number(b.isControl) - Number(a.isControl))) {
    if (main.want === "ribbon") {
      const roles: Role[] = arms.length > 2 ? ["p25", "p75"] : ["p5", "p95", "p25", "p75"];
      for (const role of roles) {
        const y = main.column(arm.name, output, role);
        if (y) curves.push({ arm, role, y });
      }
    }
    const middle =
      main.column(arm.name, output, "mean") ?? main.column(arm.name, output, "p50") ??
      main.column(arm.name, output, "value");
    if (middle) curves.push({ arm, role: "line", y: middle });
    if (main.want === "ribbon" && middle) {
      // Also where it holds nothing: a chart of another shape would be built anew at every move.
      const typical = ahead?.column(arm.name, output, "value");
      const y = ahead && typical ? resampled(ahead, typical, main) : gap(main.times_h.length);
      curves.push({ arm, role: "ghost", y });
    }
  }
  const lines = chart.outputs.length === 1 ? [...(chart.lines ?? [])] : [];
  if (output === "MADRS") lines.push(...responseLine(curves));
  const rest = info?.rest ?? null;
  const [low, high] = range(curves, rest, lines.map((line) => line.value), info);
  const label = chart.names?.[output] ?? shortLabel(info?.label ?? output);
  return { output, label, unit: info?.unit ?? chart.unit, low, high, rest, lines, curves };
}

/** A responder has lost half of the score they began with. */
function responseLine(curves: Curve[]): { value: number; label: string }[] {
  const start = curves.find((curve) => curve.role === "line" && !curve.arm.isControl)?.y[0];
  if (start == null || !(start > 4)) return [];
  return [{ value: start / 2, label: `response: half of ${fixedText(start, 0)}` }];
}

/** The name of an output without what its title says already. */
function shortLabel(label: string): string {
  return label.split(",")[0]!.replace(/^lost share of /, "");
}

function gap(length: number): null[] {
  return Array.from({ length }, () => null);
}

function resampled(from: Frame, column: Float32Array, to: Frame): ArrayLike<number> {
  if (from.times_h.length === to.times_h.length) {
    let same = true;
    for (let k = 0; same && k < to.times_h.length; k++) same = from.times_h[k] === to.times_h[k];
    if (same) return column;
  }
  return Float32Array.from(to.times_h, (time_h) => valueAt(from.times_h, column, time_h));
}

/** 1, 2 or 5 times a power of ten, not below `x`. */
function roundStep(x: number): number {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * ([1, 2, 5, 10].find((each) => each * power >= x * 0.9999) ?? 10);
}

/** Round limits that hold every curve; zero is among them unless the curves keep far from it. */
function range(
  curves: Curve[],
  rest: number | null,
  lines: number[],
  info: OutputInfo | undefined,
): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const curve of curves) {
    for (let k = 0; k < curve.y.length; k++) {
      const y = curve.y[k];
      if (y == null || !Number.isFinite(y)) continue;
      if (y < low) low = y;
      if (y > high) high = y;
    }
  }
  for (const value of [...lines, ...(rest === null ? [] : [rest])]) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(low <= high)) return [0, 1];
  // What rounding leaves of a zero is zero.
  if (Math.abs(low) < 1e-4 * high) low = 0;
  if (Math.abs(high) < 1e-4 * -low) high = 0;
  // A line that is flat but for rounding is drawn flat.
  const least = Math.max(1e-9, 0.02 * Math.max(Math.abs(low), Math.abs(high)), info?.unit === "points" ? 1 : 0);
  if (high - low < least) {
    const middle = (low + high) / 2;
    [low, high] = [middle - least / 2, middle + least / 2];
    if (info?.bounds?.[0] === 0 && low < 0) [low, high] = [0, least];
  }
  if (low >= 0 && low < 0.55 * high) return [0, roundUp(high)];
  const step = roundStep((high - low) / 8);
  if (low < 0 && high <= 0) return [Math.floor(low / step + 1e-9) * step, 0];
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}
