/** Outlines of SBGN Activity Flow glyphs and arcs as SVG paths, in pixels of the map. */

import type { PathwayEdge, PathwayNode } from "../types";

type Point = [number, number];

/** Outline of a glyph, `out` pixels around it: rectangle, hexagon, concave hexagon or circle. */
export function outline(node: PathwayNode, out = 0): string {
  const [left, top] = [node.x - out, node.y - out];
  const [right, bottom] = [node.x + node.w + out, node.y + node.h + out];
  const middle = node.y + node.h / 2;
  const inset = Math.min(11, node.w / 4);
  if (node.glyph === "delay") {
    const r = node.w / 2 + out;
    const x = node.x + node.w / 2;
    return `M${x - r} ${middle}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
  }
  if (node.glyph === "phenotype") {
    return `M${left} ${middle}L${left + inset} ${top}H${right - inset}L${right} ${middle}L${right - inset} ${bottom}H${left + inset}z`;
  }
  if (node.glyph === "perturbation") {
    return `M${left} ${top}H${right}L${right - inset} ${middle}L${right} ${bottom}H${left}L${left + inset} ${middle}z`;
  }
  return `M${left} ${top}H${right}V${bottom}H${left}z`;
}

/** How far before its end an arc's line stops for the head. */
const GAP: Record<string, number> = {
  "positive influence": 7,
  "negative influence": 2,
  "necessary stimulation": 9,
  "unknown influence": 10,
  "logic arc": 0,
};

export interface ArcPaths {
  line: string;
  head: string;
}

/** Line (corners a little rounded) and head of an arc. */
export function arcPaths(edge: PathwayEdge): ArcPaths {
  const points = (edge.points ?? []).map(([x, y]) => [x, y] as Point);
  if (points.length < 2) return { line: "", head: "" };
  const tip = points[points.length - 1]!;
  const before = points[points.length - 2]!;
  const length = Math.hypot(tip[0] - before[0], tip[1] - before[1]) || 1;
  const way: Point = [(tip[0] - before[0]) / length, (tip[1] - before[1]) / length];
  const gap = GAP[edge.arc] ?? 0;
  points[points.length - 1] = [tip[0] - way[0] * gap, tip[1] - way[1] * gap];
  return { line: rounded(points, 4), head: head(edge.arc, tip, way) };
}

function rounded(points: Point[], radius: number): string {
  let path = `M${points[0]!.join(" ")}`;
  for (let k = 1; k < points.length - 1; k++) {
    const [a, b, c] = [points[k - 1]!, points[k]!, points[k + 1]!];
    path += `L${toward(b, a, radius).join(" ")}Q${b.join(" ")} ${toward(b, c, radius).join(" ")}`;
  }
  return `${path}L${points[points.length - 1]!.join(" ")}`;
}

function toward(from: Point, to: Point, most: number): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const step = Math.min(most, length / 2) / length;
  return [from[0] + (to[0] - from[0]) * step, from[1] + (to[1] - from[1]) * step];
}

/** Open triangle (raises), bar (lowers), bar and triangle (is needed), diamond (contested). */
export function head(arc: string, tip: Point, way: Point): string {
  const at = (back: number, side: number) =>
    `${round(tip[0] - back * way[0] - side * way[1])} ${round(tip[1] - back * way[1] + side * way[0])}`;
  if (arc === "positive influence") return `M${at(0, 0)}L${at(8, 4.2)}L${at(8, -4.2)}z`;
  if (arc === "negative influence") return `M${at(1.5, 5.5)}L${at(1.5, -5.5)}`;
  if (arc === "necessary stimulation") {
    return `M${at(0, 0)}L${at(7, 4.2)}L${at(7, -4.2)}zM${at(9.5, 5)}L${at(9.5, -5)}`;
  }
  if (arc === "unknown influence") return `M${at(0, 0)}L${at(5.5, 4)}L${at(11, 0)}L${at(5.5, -4)}z`;
  return "";
}

function round(value: number): number {
  return Math.round(100 * value) / 100;
}
