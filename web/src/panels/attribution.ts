/** Shares of the effect over time, as plain data for a chart. */

import type { Catalogue, Frame } from "../types";

export interface Carrier {
  mechanism: string;
  title: string;
  /** MADRS points, and their standard error, at each moment. */
  points: number[];
  error: number[];
  /** Largest share anywhere [MADRS points]. */
  most: number;
}

/** How many mechanisms get a line of their own: the house has six series. */
const LINES = 6;

export interface Carriers {
  times_h: number[];
  lines: Carrier[];
  /** Sum of the others. */
  rest: Carrier;
  others: Carrier[];
  total: number[];
  low: number;
  high: number;
}

export function carriers(catalogue: Catalogue, frame: Frame): Carriers {
  const titles = new Map(catalogue.mechanisms.map((each) => [each.name, each.title]));
  const column = (stat: string) => {
    const at = frame.series.findIndex((series) => series.stat === stat);
    return at < 0 ? [] : Array.from(frame.columns[at]!);
  };
  const every = frame.series
    .filter((series) => series.stat.startsWith("share:"))
    .map(({ stat }) => {
      const mechanism = stat.slice(6);
      const points = column(stat);
      const error = column(`error:${mechanism}`).map((e) => (Number.isFinite(e) ? e : 0));
      const most = Math.max(0, ...points.map((p) => (Number.isFinite(p) ? Math.abs(p) : 0)));
      return { mechanism, title: titles.get(mechanism) ?? mechanism, points, error, most };
    })
    .sort((a, b) => b.most - a.most);
  const lines = every.slice(0, LINES).filter((each) => each.most >= 0.05);
  const others = every.slice(lines.length);
  const times_h = Array.from(frame.times_h);
  const sum = times_h.map((_, k) => others.reduce((s, each) => s + (each.points[k] || 0), 0));
  const rest = {
    mechanism: "", title: `${others.length} others together`, points: sum, error: times_h.map(() => 0),
    most: Math.max(0, ...sum.map(Math.abs)),
  };
  const bounds = lines.flatMap((line) =>
    line.points.flatMap((p, k) => [p - (line.error[k] ?? 0), p + (line.error[k] ?? 0)]),
  );
  const finite = [...bounds, ...sum].filter(Number.isFinite);
  return {
    times_h, lines, rest, others, total: column("total"),
    low: Math.min(0, ...finite), high: Math.max(0.5, ...finite),
  };
}

const TICKS: [number, string][] = [
  [1 / 12, "5 min"], [0.5, "30 min"], [2, "2 h"], [8, "8 h"], [24, "1 d"], [72, "3 d"], [168, "1 wk"],
  [336, "2 wk"], [672, "4 wk"], [1344, "8 wk"], [2688, "16 wk"], [8736, "1 yr"],
];

export function timeTicks(first: number, last: number): [number, string][] {
  const found = TICKS.filter(([h]) => h >= first * 0.999 && h <= last * 1.001);
  return found.length > 7 ? found.filter((_, k) => k % 2 === 0) : found;
}

/** Round steps between low and high, about five of them. */
export function pointTicks(low: number, high: number): number[] {
  const wanted = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= wanted * 0.999)!;
  const found: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) found.push(Number((k * step).toPrecision(6)));
  return found;
}

/** A time as one says it: 40 min, 5 h, 3 d. */
export function momentText(time_h: number): string {
  if (time_h < 0.95) return `${Math.round(time_h * 60)} min`;
  if (time_h < 47.5) return `${Number(time_h.toPrecision(2))} h`;
  return `${Number((time_h / 24).toPrecision(2))} d`;
}

export function pointsText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value) < 0.05 ? "0.0" : Math.abs(value).toFixed(1);
  return value <= -0.05 ? `−${text}` : text;
}
