/** One chart with its title, its values under the cursor, and its table on demand. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Explorer } from "../explorer";
import { valueAt } from "../frame";
import { useSignal } from "../hooks";
import { type Lane, type Panel, panelOf } from "../panels";
import { FRAME, TimeChart, type View } from "../timechart";
import type { ChartInfo } from "../types";
import { fixedText, lengthText, percentText, placesFor, unitText } from "../words";
import { ValueTable } from "./ValueTable";

interface Props {
  explorer: Explorer;
  chart: ChartInfo;
  theme: string;
  tall?: boolean;
  /** Place among the charts where they stand in one column. */
  order?: number;
}

export function ChartPanel({ explorer, chart, theme, tall, order }: Props) {
  const question = useSignal(explorer.question);
  const typical = useSignal(explorer.typical);
  const ribbon = useSignal(explorer.ribbon);
  const log = useSignal(explorer.logTime);
  const [table, setTable] = useState(false);
  const panel = panelOf(chart, explorer.catalogue, { question, typical, ribbon });
  const view: View = { log, until_h: question.until_d * 24 };
  const n = panel.lanes.length;
  const height = tall ? 226 : FRAME.TOP + FRAME.BOTTOM + Math.max(118, n > 1 ? n * 41 : 0);
  return (
    <figure class={`chart${tall ? " tall" : ""}${panel.stale ? " stale" : ""}`} aria-label={chart.title} tabIndex={-1} style={order === undefined ? undefined : { order: 5 + order }}>
      <figcaption>
        <b>{chart.title}</b>
        {n > 0 && <span class="unit">{unitText(n === 1 ? panel.lanes[0]!.unit : panel.unit)}</span>}
        <button type="button" class="quiet" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? "chart" : "values"}
          <span class="unseen"> of {chart.title}</span>
        </button>
      </figcaption>
      {panel.empty ? (
        <EmptyChart explorer={explorer} panel={panel} share={chart.kind === "share"} height={height} />
      ) : table ? (
        <ValueTable panel={panel} until_h={view.until_h} />
      ) : (
        <Plot explorer={explorer} panel={panel} view={view} theme={theme} height={height} />
      )}
    </figure>
  );
}

interface EmptyProps {
  explorer: Explorer;
  panel: Panel;
  share: boolean;
  height: number;
}

function EmptyChart({ explorer, panel, share, height }: EmptyProps) {
  const { value: question } = explorer.question;
  return (
    <div class="empty" style={{ minHeight: `${height}px` }}>
      <p>{panel.empty}</p>
      {share && question.people === "typical" && explorer.source.live && (
        <button type="button" class="tool" onClick={() => explorer.change({ people: "population" })}>
          Simulate {question.n} people
        </button>
      )}
    </div>
  );
}

interface PlotProps {
  explorer: Explorer;
  panel: Panel;
  view: View;
  theme: string;
  height: number;
}

function Plot({ explorer, panel, view, theme, height }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<TimeChart | null>(null);
  const readings = useRef<HTMLDivElement>(null);
  const latest = useRef(panel);
  latest.current = panel;
  useLayoutEffect(() => {
    const own = new TimeChart(host.current!, panel, view);
    chart.current = own;
    own.resize(host.current!.clientWidth, height);
    const tell = () => {
      own.setTime(explorer.hoverH.value ?? explorer.timeH.value);
      writeReadings(readings.current, latest.current, explorer.hoverH.value ?? explorer.timeH.value);
    };
    tell();
    const size = new ResizeObserver(([entry]) => own.resize(entry!.contentRect.width, heightOf(host.current!)));
    size.observe(host.current!);
    const sight = new IntersectionObserver(([entry]) => own.setVisible(entry!.isIntersecting), { rootMargin: "80px" });
    sight.observe(host.current!);
    // On paper everything is in sight.
    const printed = () => own.setVisible(true);
    addEventListener("beforeprint", printed);
    const stops = [explorer.timeH.watch(tell), explorer.hoverH.watch(tell)];
    return () => {
      stops.forEach((stop) => stop());
      size.disconnect();
      sight.disconnect();
      removeEventListener("beforeprint", printed);
      own.destroy();
    };
  }, []);
  useLayoutEffect(() => {
    // The width comes from the observer: to ask for it here would lay the page out ten times.
    chart.current!.setHeight(height);
    chart.current!.show(panel, view);
    chart.current!.setTime(explorer.hoverH.value ?? explorer.timeH.value);
    writeReadings(readings.current, panel, explorer.hoverH.value ?? explorer.timeH.value);
  }, [panel.version, view.log, view.until_h, height]);
  const drawnTheme = useRef(theme);
  useEffect(() => {
    if (drawnTheme.current !== theme) chart.current?.restyle();
    drawnTheme.current = theme;
  }, [theme]);
  const hours = (event: PointerEvent) => {
    const box = host.current!.getBoundingClientRect();
    return chart.current!.hoursAt(event.clientX - box.left - FRAME.LEFT);
  };
  const move = (event: PointerEvent) => {
    if (event.buttons & 1) explorer.seek(hours(event));
    else if (event.pointerType === "mouse") explorer.hoverH.set(hours(event));
  };
  return (
    <div
      class="plot"
      style={{ height: `${height}px` }}
      data-height={height}
      role="img"
      aria-label={plotWords(panel)}
      onPointerDown={(event) => {
        explorer.hoverH.set(null);
        explorer.seek(hours(event));
      }}
      onPointerMove={move}
      onPointerLeave={() => explorer.hoverH.set(null)}
    >
      <div class="canvas" ref={host} data-height={height} />
      <Labels panel={panel} height={height} at={readings} />
    </div>
  );
}

function heightOf(host: HTMLElement): number {
  return Number(host.dataset.height);
}

interface LabelProps {
  panel: Panel;
  height: number;
  at: { current: HTMLDivElement | null };
}

/** Names of the lanes, and what each arm is at the cursor; the numbers are written beside React. */
function Labels({ panel, height, at }: LabelProps) {
  const n = panel.lanes.length;
  const band = (height - FRAME.TOP - FRAME.BOTTOM) / n;
  return (
    <div class="labels" ref={at} aria-hidden="true">
      {panel.lanes.map((lane, k) => (
        <div key={lane.output} class="label" style={{ top: `${FRAME.TOP + k * band - (n > 1 ? 0 : 4)}px` }}>
          <span class="what">{n > 1 && laneName(lane, panel)}</span>
          {panel.arms.map((arm) => (
            <output key={arm.name} class="number" style={{ color: `var(--${arm.colour})` }} />
          ))}
        </div>
      ))}
    </div>
  );
}

function laneName(lane: Lane, panel: Panel): string {
  return lane.unit && lane.unit !== panel.unit ? `${lane.label} [${unitText(lane.unit)}]` : lane.label;
}

function writeReadings(host: HTMLDivElement | null, panel: Panel, time_h: number): void {
  if (!host) return;
  panel.lanes.forEach((lane, k) => {
    const row = host.children[k];
    panel.arms.forEach((arm, j) => {
      const cell = row?.querySelectorAll("output")[j];
      const text = valueText(lane, valueOf(lane, panel, arm.name, time_h));
      if (cell && cell.textContent !== text) cell.textContent = text;
    });
  });
}

export function valueOf(lane: Lane, panel: Panel, arm: string, time_h: number): number {
  const curve = lane.curves.find((each) => each.role === "line" && each.arm.name === arm);
  return curve ? valueAt(panel.times_h, curve.y as ArrayLike<number>, time_h) : NaN;
}

export function valueText(lane: Lane, value: number): string {
  if (!Number.isFinite(value)) return "";
  if (lane.unit === "share" || lane.unit === "fraction") return percentText(value);
  return fixedText(value, lane.unit === "points" ? 1 : placesFor(lane.high - lane.low));
}

/** The chart in words, for those who do not see it. */
export function plotWords(panel: Panel): string {
  const last = panel.times_h[panel.times_h.length - 1] ?? 0;
  const moments = [2, 24, 168, last].filter((h, k, all) => h <= last && all.indexOf(h) === k);
  const arms = panel.arms.map((arm) => {
    const lanes = panel.lanes.map((lane) => {
      const said = moments.map((h) => `${valueText(lane, valueOf(lane, panel, arm.name, h)) || "none"} at ${lengthText(h)}`);
      return `${panel.lanes.length > 1 ? `${lane.label} ` : ""}${said.join(", ")}`;
    });
    return `${arm.name}: ${lanes.join("; ")}`;
  });
  return `${panel.title}, ${panel.who}. ${arms.join(". ")}.`;
}
