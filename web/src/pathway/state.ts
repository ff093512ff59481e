/** What the map shows at one moment, as plain data: values, deviations from rest, words. */

import { valueAt } from "../frame";
import type { Catalogue, Frame, Pathway, PathwayNode } from "../types";

/** A node with the keys of pathway.toml that only the map reads. */
export interface MapNode extends PathwayNode {
  name?: string;
  plus?: string[];
  show?: "value" | "fold" | "percent" | "change" | null;
  full?: number | null;
  complement?: boolean;
  from_start?: boolean;
}

/** One node at one moment. */
export interface Shown {
  /** -1 (far below rest) to 1 (far above, at full colour); NaN where nothing is known. */
  level: number;
  /** The value as the box writes it, and as it is said aloud. */
  text: string;
  words: string;
}

/** Share of full colour below which a node counts as at rest. */
export const SMALL = 0.02;
const NOTHING: Shown = { level: NaN, text: "", words: "" };
const BARE = new Set(["ratio", "dimensionless", "fraction"]);

/** Columns of one arm, looked up once per answer. */
export interface Reader {
  at(node: MapNode, timeH: number): Shown;
}

export function reader(catalogue: Catalogue, frame: Frame | null, arm: string): Reader {
  if (!frame) return { at: () => NOTHING };
  const columns = new Map<string, Float32Array | undefined>();
  const find = (output: string) => {
    if (!columns.has(output)) {
      columns.set(output, frame.column(arm, output) ?? frame.column(arm, output, "mean"));
    }
    return columns.get(output);
  };
  const total = (node: MapNode, read: (output: string) => number) => {
    const sum = [node.output!, ...(node.plus ?? [])].reduce((s, o) => s + read(o), 0);
    return node.complement ? 1 - sum : sum;
  };
  return {
    at(node, timeH) {
      if (node.glyph === "perturbation") return given(node, frame, arm, timeH);
      if (!node.output || !node.show) return NOTHING;
      const value = total(node, (output) => valueAt(frame.times_h, find(output), timeH));
      const rest = total(node, (output) => {
        const known = catalogue.outputs[output]?.rest;
        return node.from_start || known == null ? (find(output)?.[0] ?? NaN) : known;
      });
      return told(node, value, rest, catalogue.outputs[node.output]?.unit ?? "");
    },
  };
}

/** Whether a dose is being given, from the doses of the answer. */
function given(node: MapNode, frame: Frame, arm: string, timeH: number): Shown {
  const ssri = /escitalopram|ssri/i;
  const mine = (frame.doses ?? []).filter(
    (dose) => dose.arm === arm && (node.id === "ssri") === ssri.test(dose.label) && !/saline|placebo/i.test(dose.label),
  );
  if (mine.length === 0) return { level: 0, text: "none", words: "not given" };
  const now = mine.some((dose) => dose.start_h <= timeH && timeH <= Math.max(dose.end_h, dose.start_h + 1 / 30));
  if (now) return { level: 1, text: "▲ now", words: "being given" };
  const past = mine.some((dose) => dose.start_h <= timeH);
  return { level: 0, text: past ? "given" : "to come", words: past ? "given before" : "to come" };
}

function told(node: MapNode, value: number, rest: number, unit: string): Shown {
  if (!Number.isFinite(value)) return NOTHING;
  const level = Math.max(-1, Math.min(1, (value - rest) / (node.full || 1)));
  const away = Math.abs(level) >= SMALL;
  const word = !away ? "at rest" : level > 0 ? "high" : "low";
  const sign = !away ? "" : level > 0 ? "▲ " : "▼ ";
  const [short, long] = number(node, value, rest, unit, away);
  return { level, text: sign + short, words: `${long}, ${word}` };
}

function number(node: MapNode, value: number, rest: number, unit: string, away: boolean): [string, string] {
  if (node.show === "fold") {
    const fold = value / rest;
    const text = fold.toFixed(away && Math.abs(fold - 1) < 0.0095 ? 3 : 2);
    return [`×${text}`, `${text} times rest`];
  }
  if (node.show === "percent") {
    const text = `${Math.round(100 * value)} %`;
    return [text, node.complement ? `${text} left` : text];
  }
  if (node.show === "change") {
    const gone = Math.abs(value - rest) < 0.005 ? 0 : value - rest;
    const text = `${gone < 0 ? "−" : "+"}${Math.abs(gone).toFixed(2)}`;
    return [text, `${text} from rest`];
  }
  const size = Math.abs(value);
  const digits = size >= 9.95 || size < 0.005 ? 0 : size >= 0.095 ? 1 : 2;
  const text = `${Math.abs(value) < 0.005 ? 0 : value.toFixed(digits)} ${BARE.has(unit) ? "" : unit}`.trim();
  return [text, text];
}

/** Shares of the effect at a moment, by mechanism, between the moments that were attributed. */
export function sharesAt(frame: Frame | null | undefined, timeH: number): Map<string, number> {
  const found = new Map<string, number>();
  if (!frame || frame.times_h.length === 0) return found;
  const last = frame.times_h[frame.times_h.length - 1]!;
  const time = Math.max(frame.times_h[0]!, Math.min(last, timeH));
  const points = (stat: string) => {
    const key = frame.series.findIndex((series) => series.stat === stat);
    return key < 0 ? NaN : valueAt(frame.times_h, frame.columns[key], time);
  };
  const total = points("total");
  if (!(Math.abs(total) >= 0.5)) return found; // half a point is nothing to share
  for (const { stat } of frame.series) {
    if (stat.startsWith("share:")) found.set(stat.slice(6), points(stat) / total);
  }
  return found;
}

/** The node whose value an edge shows: through a delay, the one before it. */
export function sources(pathway: Pathway): Map<string, string> {
  const before = new Map(pathway.edges.map((edge) => [edge.to, edge.from]));
  return new Map(
    pathway.nodes.map((node) => [node.id, node.glyph === "delay" ? (before.get(node.id) ?? node.id) : node.id]),
  );
}

/** The nearest node that can be chosen, in the direction of an arrow key. */
export function neighbour(nodes: PathwayNode[], from: PathwayNode, key: string): PathwayNode | null {
  const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key] ?? [0, 0];
  if (dx === 0 && dy === 0) return null;
  let best: PathwayNode | null = null;
  let least = Infinity;
  for (const node of nodes) {
    const x = node.x + node.w / 2 - from.x - from.w / 2;
    const y = node.y + node.h / 2 - from.y - from.h / 2;
    const along = x * dx! + y * dy!;
    const across = Math.abs(x * dy!) + Math.abs(y * dx!);
    if (node === from || along <= 4) continue;
    const cost = along + 3 * across;
    if (cost < least) [best, least] = [node, cost];
  }
  return best;
}
