/** Sentences made from the numbers of a frame. */

import { valueAt } from "./frame";
import type { Catalogue, Frame } from "./types";
import { fixedText, lengthText, listText, percentText } from "./words";

export interface ArmSentence {
  arm: string;
  text: string;
}

/** The middle course of an output: mean of a population, value of a typical person. */
export function middle(frame: Frame, arm: string, output: string): Float32Array | undefined {
  return frame.column(arm, output, "mean") ?? frame.column(arm, output, "value") ?? frame.column(arm, output, "p50");
}

/** What the score does and what is left of the drug, one sentence for each arm. */
export function headlines(frame: Frame, catalogue: Catalogue): ArmSentence[] {
  return frame.question.arms.flatMap(({ name }) => {
    const score = scoreWords(frame, name);
    if (!score) return [];
    const parts = [score, shareWords(frame, name), plasmaWords(frame, name, catalogue)];
    return [{ arm: name, text: `${parts.filter(Boolean).join("; ")}.` }];
  });
}

function scoreWords(frame: Frame, arm: string): string | null {
  const score = middle(frame, arm, "MADRS");
  const end_h = frame.times_h[frame.times_h.length - 1] ?? 0;
  if (!score || end_h <= 0) return null;
  const early_h = Math.min(24, end_h);
  const start = score[0]!;
  const fall = start - valueAt(frame.times_h, score, early_h);
  const left = start - valueAt(frame.times_h, score, end_h);
  if (!Number.isFinite(fall)) return null;
  const subject = frame.want === "ribbon" ? "mean MADRS" : "MADRS";
  const by = `by ${lengthText(early_h)}`;
  const from = `from ${fixedText(start, 0)}`;
  if (end_h <= 24.01) return `${subject} ${falls(fall)} ${by}, ${from}`;
  const day = `day ${fixedText(end_h / 24, end_h % 24 < 0.01 ? 0 : 1)}`;
  if (Math.abs(fall) < 0.5 && Math.abs(left) < 0.5) return `${subject} hardly moves ${by} or by ${day}, ${from}`;
  if (fall < 1) return `${subject} ${falls(fall)} ${by} and ${falls(left)} by ${day}, ${from}`;
  if (left > fall) return `${subject} ${falls(fall)} ${by} and ${falls(left)} by ${day}, ${from}`;
  return `${subject} ${falls(fall)} ${by}, ${from}; ${percentText(Math.max(0, left) / fall)} of that is left on ${day}`;
}

function falls(points: number): string {
  const size = Math.abs(points);
  if (size < 0.5) return "hardly moves";
  return `${points > 0 ? "falls" : "rises"} ${pointsText(size)} points`;
}

function pointsText(points: number): string {
  return fixedText(points, points < 9.95 ? 1 : 0);
}

function shareWords(frame: Frame, arm: string): string | null {
  const response = frame.column(arm, "MADRS", "response");
  const end_h = frame.times_h[frame.times_h.length - 1] ?? 0;
  if (!response || end_h < 24) return null;
  return `${percentText(valueAt(frame.times_h, response, 24))} respond at 24\u202fh`;
}

/** When plasma drug was last above one per cent of its peak, for what the arm was given. */
function plasmaWords(frame: Frame, arm: string, catalogue: Catalogue): string | null {
  const given = frame.question.arms.find((each) => each.name === arm)?.steps ?? [];
  const drugs = [...new Set(given.map((step) => step.drug ?? "ketamine"))];
  const drug = drugs.find((each) => /ketamine$/i.test(each));
  const chart = catalogue.charts.find((each) => each.key === "concentration");
  const output = chart?.outputs.find((each) => frame.column(arm, each, "value") ?? frame.column(arm, each, "mean"));
  if (!drug || !output) return null;
  const column = middle(frame, arm, output)!;
  let peak = 0;
  for (const value of column) if (value > peak) peak = value;
  if (!(peak > 0)) return null;
  let last = column.length - 1;
  while (last >= 0 && !(column[last]! > 0.01 * peak)) last--;
  const name = drug.toLowerCase();
  if (last >= column.length - 1) return `${name} in plasma is still above 1\u202f% of its peak at the end`;
  const gone = crossing(frame.times_h, column, last, 0.01 * peak);
  return `${name} in plasma is below 1\u202f% of its peak from ${lengthText(gone)} on`;
}

function crossing(times_h: Float32Array, column: Float32Array, k: number, level: number): number {
  const [above, below] = [column[k]!, column[k + 1]!];
  const share = above > below ? (above - level) / (above - below) : 0;
  return times_h[k]! + share * (times_h[k + 1]! - times_h[k]!);
}

/** Which mechanisms carry most of the fall at the moment nearest to a day, in points. */
export function carrierWords(frame: Frame, catalogue: Catalogue): string | null {
  let k = 0;
  frame.times_h.forEach((time_h, each) => {
    if (Math.abs(Math.log(time_h / 24)) < Math.abs(Math.log(frame.times_h[k]! / 24))) k = each;
  });
  const shares = frame.series.flatMap((key, each) => {
    if (!key.stat.startsWith("share:")) return [];
    const value = frame.columns[each]![k]!;
    return Number.isFinite(value) ? [{ name: key.stat.slice(6), value }] : [];
  });
  shares.sort((a, b) => b.value - a.value);
  const total = frame.series.findIndex((key) => key.stat === "total");
  const fall = total < 0 ? NaN : frame.columns[total]![k]!;
  const first = shares.filter((each) => each.value >= Math.max(0.3, 0.05 * fall)).slice(0, 3);
  if (first.length === 0 || !(fall >= 0.5)) return null;
  const said = first.map(({ name, value }) => {
    const title = catalogue.mechanisms.find((each) => each.name === name)?.title ?? name;
    return `${title} (${pointsText(value)})`;
  });
  const when = lengthText(frame.times_h[k]!);
  return `At ${when}, of ${pointsText(fall)} points against nothing given, most is carried by ${listText(said)}`;
}

/** Individuals whose simulation failed are told, never hidden. */
export function failureWords(frame: Frame): string | null {
  const lost = Object.entries(frame.failed ?? {}).filter(([, count]) => count > 0);
  if (lost.length === 0) return null;
  return `Could not be simulated and are left out: ${lost.map(([arm, n]) => `${n} in ${arm}`).join(", ")}.`;
}
