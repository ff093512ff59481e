/** One chart on the screen: a uPlot canvas whose value scales stack the panel's lanes. */

import uPlot from "uplot";
import type { Curve, Lane, Panel, Role } from "./panels";
import { timeTicks, valueTicks } from "./ticks";
import { FIRST_H } from "./words";

export interface View {
  log: boolean;
  until_h: number;
}

const LEFT = 44;
const RIGHT = 16;
const TOP = 6;
const BOTTOM = 22;
/** Above each lane of several: room for its name. */
const GAP = 15;
const FONT = '10.5px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export const FRAME = { LEFT, RIGHT, TOP, BOTTOM, GAP };

/** Least and greatest value of the scale on which lane `k` of `n` shows low..high in its band. */
export function laneScale(lane: Lane, k: number, n: number, height: number): [number, number] {
  const gap = n > 1 ? GAP / height : 0;
  const bottom = (n - 1 - k) / n + (n > 1 ? 3 / height : 0);
  const share = 1 / n - gap - (n > 1 ? 3 / height : 0);
  const whole = (lane.high - lane.low) / share;
  const least = lane.low - bottom * whole;
  return [least, least + whole];
}

/** Hours shown: the logarithmic clock begins at two minutes, the linear one at zero. */
export function shownHours(view: View): [number, number] {
  return [view.log ? Math.min(FIRST_H, view.until_h / 10) : 0, view.until_h];
}

export class TimeChart {
  private plot: uPlot | null = null;
  private shape = "";
  /** What is to be shown, and what uPlot holds: they differ while the chart is out of sight. */
  private panel: Panel;
  private drawn: Panel;
  private view: View;
  private width = 0;
  private height = 0;
  private dirty = true;
  private visible = true;
  private readonly line = document.createElement("div");
  private time_h = NaN;

  constructor(
    private readonly host: HTMLElement,
    panel: Panel,
    view: View,
  ) {
    this.panel = this.drawn = panel;
    this.view = view;
    this.line.className = "now";
  }

  resize(width: number, height: number): void {
    if (Math.abs(width - this.width) < 1 && height === this.height) return;
    this.width = width;
    this.height = height;
    // What is out of date is given its size when it is drawn.
    if (this.plot && !this.dirty) this.plot.setSize({ width, height });
    else if (this.visible) this.draw();
    this.place();
  }

  setHeight(height: number): void {
    this.resize(this.width, height);
  }

  show(panel: Panel, view: View): void {
    this.panel = panel;
    this.view = view;
    this.dirty = true;
    if (this.visible) this.draw();
  }

  /** Charts off the screen are drawn when they come into view. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.dirty) this.draw();
  }

  restyle(): void {
    this.shape = "";
    this.dirty = true;
    if (this.visible) this.draw();
  }

  setTime(time_h: number): void {
    this.time_h = time_h;
    this.place();
  }

  /** Hours under a place on the plot, given in pixels from its left edge. */
  hoursAt(x: number): number {
    const [from, to] = shownHours(this.view);
    const share = Math.min(1, Math.max(0, x / Math.max(1, this.width - LEFT - RIGHT)));
    return this.view.log ? from * (to / from) ** share : from + share * (to - from);
  }

  destroy(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private place(): void {
    const [from, to] = shownHours(this.view);
    const { log } = this.view;
    const share = log ? Math.log(this.time_h / from) / Math.log(to / from) : (this.time_h - from) / (to - from);
    const inside = share >= -1e-9 && share <= 1 + 1e-9;
    this.line.style.display = inside ? "" : "none";
    const x = share * (this.width - LEFT - RIGHT);
    if (inside) this.line.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  private draw(): void {
    if (this.width < 60 || this.height < 40 || this.panel.lanes.length === 0) return;
    this.dirty = false;
    this.drawn = this.panel;
    const data = this.data();
    const shape = JSON.stringify([
      this.drawn.lanes.map((lane) => lane.curves.map((c) => [c.role, c.arm.colour, c.arm.dash])),
      this.view.log,
    ]);
    if (this.plot && shape === this.shape) {
      if (this.plot.width !== this.width || this.plot.height !== this.height) {
        this.plot.setSize({ width: this.width, height: this.height });
      }
      this.plot.setData(data, false);
      const [min, max] = shownHours(this.view);
      this.plot.batch(() => {
        this.plot!.setScale("x", { min, max });
        this.drawn.lanes.forEach((lane, k) => {
          const [low, high] = laneScale(lane, k, this.drawn.lanes.length, this.plotHeight());
          this.plot!.setScale(`y${k}`, { min: low, max: high });
        });
      });
      return;
    }
    this.shape = shape;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(), data, this.host);
    this.plot.over.appendChild(this.line);
    this.place();
  }

  private plotHeight(): number {
    return this.height - TOP - BOTTOM;
  }

  private data(): uPlot.AlignedData {
    const { times_h, lanes } = this.drawn;
    let first = 0;
    if (this.view.log) while (first < times_h.length - 1 && times_h[first]! <= 0) first++;
    const cut = (y: ArrayLike<number | null>): ArrayLike<number | null> =>
      first === 0 ? y : y instanceof Float32Array ? y.subarray(first) : Array.from(y).slice(first);
    const columns = lanes.flatMap((lane) => lane.curves.map((curve) => cut(curve.y)));
    return [times_h.subarray(first), ...columns] as unknown as uPlot.AlignedData;
  }

  private options(): uPlot.Options {
    const style = getComputedStyle(this.host);
    const read = new Map<string, string>();
    const colour = (name: string) => {
      if (!read.has(name)) read.set(name, style.getPropertyValue(`--${name}`).trim() || "#888888");
      return read.get(name)!;
    };
    const soft = colour("soft");
    const scales: uPlot.Scales = {
      x: { time: false, distr: this.view.log ? 3 : 1, log: 10, auto: false, range: () => shownHours(this.view) },
    };
    this.drawn.lanes.forEach((_, k) => {
      scales[`y${k}`] = {
        auto: false,
        range: () => laneScale(this.drawn.lanes[k]!, k, this.drawn.lanes.length, this.plotHeight()),
      };
    });
    const flat = this.drawn.lanes.flatMap((lane, k) => lane.curves.map((curve) => ({ curve, k })));
    return {
      width: this.width,
      height: this.height,
      padding: [TOP, RIGHT, 0, LEFT],
      legend: { show: false },
      cursor: { show: false },
      scales,
      axes: [
        {
          size: BOTTOM, gap: 3, font: FONT, stroke: soft,
          splits: () => this.ticks().map((tick) => tick.at),
          values: () => this.ticks().map((tick) => tick.text),
          filter: (_, splits) => splits,
          grid: { stroke: colour("grid"), width: 1 },
          ticks: { stroke: colour("grid"), size: 3, width: 1 },
          border: { show: true, stroke: colour("line"), width: 1 },
        },
        ...this.drawn.lanes.map((_, k) => ({ scale: `y${k}`, show: false })),
      ],
      series: [{}, ...flat.map(({ curve, k }) => seriesLook(curve, `y${k}`, colour))],
      bands: bands(flat.map(({ curve }) => curve), colour),
      hooks: { drawAxes: [(plot) => this.drawLanes(plot, colour)] },
    };
  }

  private ticks() {
    const [from, to] = shownHours(this.view);
    return timeTicks(from, to, this.view.log, this.width - LEFT - RIGHT);
  }

  /** Value ticks, lines such as response, and the rules between lanes. */
  private drawLanes(plot: uPlot, colour: (name: string) => string): void {
    const { ctx } = plot;
    const ratio = uPlot.pxRatio;
    const { left, width } = plot.bbox;
    ctx.save();
    ctx.font = FONT.replace("10.5px", `${10.5 * ratio}px`);
    ctx.textAlign = "right";
    ctx.lineWidth = ratio;
    const level = (y: number) => Math.round(y) + (ratio % 2 ? 0.5 : 0);
    const rule = (y: number, stroke: string, dash: number[] = []) => {
      ctx.strokeStyle = stroke;
      ctx.setLineDash(dash.map((each) => each * ratio));
      ctx.beginPath();
      ctx.moveTo(left, level(y));
      ctx.lineTo(left + width, level(y));
      ctx.stroke();
    };
    this.drawn.lanes.forEach((lane, k) => {
      const y = (value: number) => plot.valToPos(value, `y${k}`, true);
      const ticks = valueTicks(lane.low, lane.high, this.drawn.lanes.length > 1 ? 0 : this.plotHeight());
      const ends = ticks.length === 2;
      ticks.forEach((tick, each) => {
        rule(y(tick.at), colour("grid"));
        ctx.fillStyle = colour("soft");
        ctx.textBaseline = ends ? (each === 0 ? "bottom" : "top") : "middle";
        const nudge = ends ? (each === 0 ? 2 : -2) * ratio : 0;
        ctx.fillText((lane.unit === "share" || lane.unit === "fraction") ? `${Number((tick.at * 100).toPrecision(2))} %` : tick.text, left - 5 * ratio, y(tick.at) + nudge);
      });
      if (lane.rest !== null && lane.rest > lane.low && lane.rest < lane.high) rule(y(lane.rest), colour("line"), [2, 3]);
      for (const line of lane.lines) {
        if (line.value < lane.low || line.value > lane.high) continue;
        rule(y(line.value), colour("soft"), [1, 3]);
        ctx.fillStyle = colour("soft");
        ctx.textAlign = "left";
        ctx.textBaseline = "bottom";
        ctx.fillText(line.label, left + 4 * ratio, y(line.value) - 2 * ratio);
        ctx.textAlign = "right";
      }
    });
    ctx.restore();
  }
}

function seriesLook(curve: Curve, scale: string, colour: (name: string) => string): uPlot.Series {
  const stroke = colour(curve.arm.colour);
  const none: uPlot.Series = { scale, show: true, points: { show: false }, auto: false };
  switch (curve.role) {
    case "line":
      return { ...none, stroke, width: 1.7, dash: curve.arm.dash };
    case "ghost":
      return { ...none, stroke, width: 1.2, dash: [1, 3] };
    case "second":
      return { ...none, stroke, width: 1, dash: [3, 3] };
    default:
      return { ...none, width: 0 };
  }
}

/** Pale areas between the 5th and 95th and between the 25th and 75th percentile. */
function bands(curves: Curve[], colour: (name: string) => string): uPlot.Band[] {
  const found: uPlot.Band[] = [];
  const pair: Partial<Record<Role, [Role, number]>> = { p5: ["p95", 0.1], p25: ["p75", 0.17] };
  curves.forEach((curve, k) => {
    const upper = pair[curve.role];
    if (upper && curves[k + 1]?.role === upper[0]) {
      found.push({ series: [k + 2, k + 1], fill: faint(colour(curve.arm.colour), upper[1]) });
    }
  });
  return found;
}

/** A hexadecimal colour with an opacity. */
export function faint(hex: string, opacity: number): string {
  const value = parseInt(hex.slice(1), 16);
  return `rgba(${value >> 16}, ${(value >> 8) & 255}, ${value & 255}, ${opacity})`;
}
