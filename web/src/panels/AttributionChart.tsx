import { useMemo } from "preact/hooks";
import type { AttributionChartProps } from "../slots";
import type { Reading } from "../types";
import { type Carrier, carriers, type Carriers, momentText, pointsText, pointTicks, timeTicks } from "./attribution";
import "./panels.css";

const READINGS: [Reading, string][] = [
  ["left at rest", "What each adds when the drug may move it"],
  ["blocked below rest", "What is lost when each is blocked altogether, as by an antagonist"],
];
/** Colour variables and dashes of the house series (report/style.py). */
const LOOKS: [string, string][] = [
  ["blue", ""], ["vermillion", "5 2"], ["green", "1.5 2"], ["purple", "7 2 1.5 2"], ["orange", "3 1.5 1 1.5"], ["sky", "9 3"],
];
const [WIDTH, HEIGHT] = [560, 250];
const BOX = { left: 40, right: 540, top: 10, bottom: 218 };

/** Which mechanism carries how many points of the effect, over time. */
export function AttributionChart(props: AttributionChartProps) {
  const { catalogue, frame, timeH, reading, waiting, selected, onReading, onSelect } = props;
  const found = useMemo(() => (frame ? carriers(catalogue, frame) : null), [catalogue, frame]);
  const n = frame ? (frame as { individuals?: number }).individuals : undefined;
  const stale = frame?.reading !== undefined && frame.reading !== reading;
  return (
    <div class={`attribution${waiting || stale ? " attribution-waiting" : ""}`}>
      <div class="row">
        <div class="segmented" role="group" aria-label="What it means to be absent">
          {READINGS.map(([key, why]) => (
            <button key={key} type="button" title={why} aria-pressed={key === reading} onClick={() => onReading(key)}>
              {key}
            </button>
          ))}
        </div>
        <small role="status">{waiting || stale ? "being worked out…" : ""}</small>
      </div>
      <p class="soft">{READINGS.find(([key]) => key === reading)?.[1]}.</p>
      {found && found.times_h.length > 1 ? (
        <>
          <Chart found={found} {...props} />
          <Key found={found} timeH={timeH} selected={selected} onSelect={onSelect} />
          <p class="soft">
            Points of MADRS (shares add up to the whole effect{n ? `; mean of ${n}` : ""}); bands are one
            standard error; below zero a mechanism works against the effect.
          </p>
          <Table found={found} />
        </>
      ) : (
        <p class="soft">{waiting ? "Dividing the effect among the mechanisms…" : props.none}</p>
      )}
    </div>
  );
}

function Chart({ found, timeH, selected, onSelect, onTime }: AttributionChartProps & { found: Carriers }) {
  const first = found.times_h[0]!;
  const last = found.times_h[found.times_h.length - 1]!;
  const span = Math.log(last / first) || 1;
  const x = (h: number) => BOX.left + ((BOX.right - BOX.left) * Math.log(Math.max(h, first) / first)) / span;
  const y = (p: number) => BOX.bottom - ((BOX.bottom - BOX.top) * (p - found.low)) / (found.high - found.low);
  const seek = (event: MouseEvent) => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * WIDTH;
    const share = Math.max(0, Math.min(1, (at - BOX.left) / (BOX.right - BOX.left)));
    onTime(first * Math.exp(share * span));
  };
  const now = x(Math.min(timeH, last));
  return (
    <svg class="attribution-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={told(found)} onClick={seek}>
      {pointTicks(found.low, found.high).map((p) => (
        <g key={p}>
          <line class={p === 0 ? "attribution-zero" : "attribution-grid"} x1={BOX.left} x2={BOX.right} y1={y(p)} y2={y(p)} />
          <text x={BOX.left - 5} y={y(p) + 3.5} text-anchor="end">{String(p).replace("-", "−")}</text>
        </g>
      ))}
      {timeTicks(first, last).map(([h, label]) => (
        <g key={h}>
          <line class="attribution-grid" x1={x(h)} x2={x(h)} y1={BOX.bottom} y2={BOX.bottom + 4} />
          <text x={x(h)} y={BOX.bottom + 16} text-anchor="middle">{label}</text>
        </g>
      ))}
      <text class="attribution-axis" x={BOX.right} y={HEIGHT - 2} text-anchor="end">time since first dose (log scale)</text>
      <text class="attribution-axis" x={2} y={BOX.top - 1}>points</text>
      <path class="attribution-rest" d={line(found.rest, found.times_h, x, y)} />
      {found.lines.map((each, k) => {
        const [colour, dash] = LOOKS[k]!;
        const faint = selected !== null && selected !== each.mechanism && found.lines.some((l) => l.mechanism === selected);
        return (
          <g key={each.mechanism} class={faint ? "attribution-faint" : ""} style={{ color: `var(--${colour})` }}>
            <path class="attribution-band" d={band(each, found.times_h, x, y)} />
            <path
              class="attribution-line"
              stroke-dasharray={dash}
              d={line(each, found.times_h, x, y)}
              onClick={(event) => {
                event.stopPropagation();
                onSelect(each.mechanism);
              }}
            />
          </g>
        );
      })}
      <line class="attribution-now" x1={now} x2={now} y1={BOX.top} y2={BOX.bottom} />
    </svg>
  );
}

type Scale = (value: number) => number;

function line(each: Carrier, times: number[], x: Scale, y: Scale): string {
  let path = "";
  let pen = "M";
  times.forEach((h, k) => {
    const p = each.points[k]!;
    if (Number.isFinite(p)) path += `${pen}${x(h).toFixed(1)} ${y(p).toFixed(1)}`;
    pen = Number.isFinite(p) ? "L" : "M";
  });
  return path;
}

function band(each: Carrier, times: number[], x: Scale, y: Scale): string {
  const kept = times.map((h, k) => [h, each.points[k]!, each.error[k] ?? 0] as const).filter(([, p]) => Number.isFinite(p));
  if (!kept.some(([, , e]) => e > 0)) return "";
  const upper = kept.map(([h, p, e]) => `${x(h).toFixed(1)} ${y(p + e).toFixed(1)}`);
  const lower = kept.map(([h, p, e]) => `${x(h).toFixed(1)} ${y(p - e).toFixed(1)}`).reverse();
  return `M${[...upper, ...lower].join("L")}z`;
}

/** Place of the moment nearest to a time, on the log axis. */
function nearest(times: number[], time_h: number): number {
  const off = (h: number) => Math.abs(Math.log(h / Math.max(time_h, 1e-3)));
  return times.reduce((best, h, k) => (off(h) < off(times[best]!) ? k : best), 0);
}

function Key({ found, timeH, selected, onSelect }: { found: Carriers; timeH: number; selected: string | null; onSelect: (m: string | null) => void }) {
  const at = nearest(found.times_h, timeH);
  return (
    <ul class="attribution-key" aria-label={`Points carried at ${momentText(found.times_h[at]!)}`}>
      {found.lines.map((each, k) => {
        const [colour, dash] = LOOKS[k]!;
        return (
          <li key={each.mechanism}>
            <button type="button" class="quiet" aria-pressed={selected === each.mechanism} onClick={() => onSelect(each.mechanism)}>
              <svg width="26" height="8" aria-hidden="true" style={{ color: `var(--${colour})` }}>
                <line class="attribution-line" x1="0" x2="26" y1="4" y2="4" stroke-dasharray={dash} />
              </svg>
              <span>{each.title}</span>
            </button>
            <span class="number">{pointsText(each.points[at]!)}</span>
          </li>
        );
      })}
      <li>
        <span class="attribution-other">
          <svg width="26" height="8" aria-hidden="true"><line class="attribution-rest" x1="0" x2="26" y1="4" y2="4" /></svg>
          {found.rest.title}
        </span>
        <span class="number">{pointsText(found.rest.points[at]!)}</span>
      </li>
      <li class="attribution-sum">
        <span>whole effect at {momentText(found.times_h[at]!)}</span>
        <span class="number">{pointsText(found.total[at] ?? NaN)}</span>
      </li>
    </ul>
  );
}

function Table({ found }: { found: Carriers }) {
  const columns = found.times_h.map((h, k) => [h, k] as const).filter(([, k]) => k % 2 === 1 || found.times_h.length < 7);
  const cell = (each: Carrier, k: number) => {
    const error = each.error[k] ?? 0;
    return error >= 0.05 ? `${pointsText(each.points[k]!)} ± ${error.toFixed(1)}` : pointsText(each.points[k]!);
  };
  return (
    <details class="evidence-more">
      <summary>as a table</summary>
      <div class="evidence-scroll" tabIndex={0} role="region" aria-label="Points carried by each mechanism">
        <table>
          <thead>
            <tr><th scope="col">mechanism</th>{columns.map(([h]) => <th key={h} scope="col">{momentText(h)}</th>)}</tr>
          </thead>
          <tbody>
            {[...found.lines, ...found.others].map((each) => (
              <tr key={each.mechanism}>
                <th scope="row">{each.title}</th>
                {columns.map(([h, k]) => <td key={h} class="number">{cell(each, k)}</td>)}
              </tr>
            ))}
            <tr>
              <th scope="row">whole effect</th>
              {columns.map(([h, k]) => <td key={h} class="number">{pointsText(found.total[k] ?? NaN)}</td>)}
            </tr>
          </tbody>
        </table>
      </div>
    </details>
  );
}

function told(found: Carriers): string {
  const moments = [2, 24, 168].filter((h) => h <= found.times_h[found.times_h.length - 1]!);
  const parts = moments.map((h) => {
    const k = nearest(found.times_h, h);
    const top = [...found.lines].sort((a, b) => Math.abs(b.points[k]!) - Math.abs(a.points[k]!)).slice(0, 2);
    return `${momentText(found.times_h[k]!)}: ${top.map((each) => `${each.title} ${pointsText(each.points[k]!)}`).join(", ")}`;
  });
  return `Points of MADRS carried by each mechanism over time. ${parts.join("; ")}.`;
}
