/** Shares of the effect by mechanism and time, as plain data for a chart. */

import type { Carried, Proposed, Tournament } from "./types";

/** How many mechanisms get a mark of their own: the house has six series. */
const LINES = 6;

export interface Line {
  mechanism: string;
  title: string;
  /** One for each time; null where there is none. */
  rows: (Carried | null)[];
}

export interface Shares {
  times: string[];
  lines: Line[];
  low: number;
  high: number;
}

export function drugsOf(rows: Carried[]): string[] {
  return [...new Set(rows.map((row) => row.drug))];
}

/** What is drawn of one drug; colours stay with their mechanism whatever the drug. */
export function sharesOf(rows: Carried[], drug: string): Shares {
  const most = new Map<string, number>();
  for (const row of rows) most.set(row.mechanism, Math.max(most.get(row.mechanism) ?? 0, Math.abs(row.share)));
  const named = [...most.keys()].sort((a, b) => most.get(b)! - most.get(a)!).slice(0, LINES);
  const own = rows.filter((row) => row.drug === drug);
  const times = [...new Set(own.map((row) => row.time))];
  const lines = named.map((mechanism) => ({
    mechanism,
    title: rows.find((row) => row.mechanism === mechanism)!.title,
    rows: times.map((time) => own.find((row) => row.mechanism === mechanism && row.time === time) ?? null),
  }));
  const shown = rows.filter((row) => named.includes(row.mechanism));
  const low = Math.min(0, ...shown.map((row) => row.low));
  const high = Math.max(0.1, ...shown.map((row) => row.high));
  return { times, lines, low, high };
}

/** Who expects what of an experiment: outcomes in the order of the heaviest that expects them. */
export function expectations(found: Tournament, each: Proposed): [string, string[]][] {
  const told = new Map<string, string[]>();
  each.predicted.forEach((outcome, k) => {
    const title = found.hypotheses[k]?.title;
    if (title !== undefined && outcome !== "") told.set(outcome, [...(told.get(outcome) ?? []), title]);
  });
  return [...told];
}

/** A label in lines of at most so many letters, broken between words. */
export function wrapped(text: string, most = 12): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last]!.length + 1 + word.length <= most) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}
