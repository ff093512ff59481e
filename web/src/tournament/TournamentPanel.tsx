import { useMemo, useState } from "preact/hooks";
import { pointTicks } from "../panels/attribution";
import { fixedText, numberText, percentText } from "../words";
import { drugsOf, expectations, type Line, sharesOf, type Shares, wrapped } from "./carried";
import type { Carried, Contender, Tournament } from "./types";
import "./tournament.css";

/** Colour variables of the house series (report/style.py). */
const COLOURS = ["blue", "vermillion", "green", "purple", "orange", "sky"];
const [WIDTH, HEIGHT] = [560, 244];
const BOX = { left: 44, right: 550, top: 10, bottom: 204 };
const FIRST = 6;

/** How rival hypotheses stand on the same evidence, what all fail first, and what would tell. */
export function TournamentPanel({ found }: { found: Tournament }) {
  return (
    <div class="tournament">
      <p>{found.headline}</p>
      <Failed found={found} />
      <section aria-labelledby="tournament-weights">
        <h3 id="tournament-weights">Weights</h3>
        <p class="soft">
          Each hypothesis against the others on {found.findings} reports, with the middle 90 % of the Monte
          Carlo error; none need be true. Open one to read what it says.
        </p>
        <ul>{found.hypotheses.map((each) => <Weight key={each.name} each={each} />)}</ul>
        {found.sensitivity.map((line) => <p key={line} class="soft">{line}</p>)}
      </section>
      {found.carried.length > 0 && <Attribution rows={found.carried} />}
      {found.proposed.length > 0 && <Next found={found} />}
      <p class="soft">All of it, with its method and limits: <code>ketasim tournament</code>.</p>
    </div>
  );
}

function Failed({ found }: { found: Tournament }) {
  const rows = found.failed_by_all;
  if (rows.length === 0) return null;
  const item = (row: (typeof rows)[number]) => (
    <li key={row.id}>
      {row.what}: <b>{row.word.replace(/^-/, "−")}</b>{" "}
      <small>
        {row.title}; at best {row.best_chance < 0.005 ? "<0.01" : fixedText(row.best_chance, 2)} under {row.best_hypothesis}
      </small>
    </li>
  );
  return (
    <section aria-labelledby="tournament-failed">
      <h3 id="tournament-failed">What every hypothesis fails ({rows.length})</h3>
      <ul>{rows.slice(0, FIRST).map(item)}</ul>
      {rows.length > FIRST && (
        <details>
          <summary>{rows.length - FIRST} more</summary>
          <ul>{rows.slice(FIRST).map(item)}</ul>
        </details>
      )}
    </section>
  );
}

function Weight({ each }: { each: Contender }) {
  const at = (share: number) => `${(100 * share).toFixed(1)}%`;
  return (
    <li>
      <details>
        <summary>
          <span class="tournament-name">{each.title}</span>
          <span class="number">{percentText(each.weight)}</span>
          <span class="tournament-bar" aria-hidden="true">
            <span style={{ width: at(each.weight) }} />
            <i style={{ left: at(each.low), width: at(each.high - each.low) }} />
          </span>
        </summary>
        <p>{each.sentence}</p>
        <p class="soft">
          {percentText(each.low)} to {percentText(each.high)}
          {each.stacking === null ? "" : `; stacking weight ${percentText(each.stacking)}`}. Said by:{" "}
          {each.champions.join(", ")}.
        </p>
      </details>
    </li>
  );
}

function Attribution({ rows }: { rows: Carried[] }) {
  const drugs = drugsOf(rows);
  const [chosen, choose] = useState(drugs[0]!);
  const drug = drugs.includes(chosen) ? chosen : drugs[0]!;
  const shares = useMemo(() => sharesOf(rows, drug), [rows, drug]);
  return (
    <section aria-labelledby="tournament-carried">
      <h3 id="tournament-carried">Who carries the effect</h3>
      <div class="segmented" role="group" aria-label="Drug">
        {drugs.map((each) => (
          <button key={each} type="button" aria-pressed={each === drug} onClick={() => choose(each)}>{each}</button>
        ))}
      </div>
      <Chart shares={shares} drug={drug} />
      <ul class="tournament-key">
        {shares.lines.map((line, k) => (
          <li key={line.mechanism} style={{ color: `var(--${COLOURS[k]})` }}>
            <svg width="14" height="12" aria-hidden="true"><Mark k={k} x={7} y={6} /></svg>
            <span>{line.title}</span>
          </li>
        ))}
      </ul>
      <p class="soft">Share of the fall in depression score; bars: middle 90 % over draws and hypotheses by weight.</p>
      <details>
        <summary>as a table</summary>
        <div class="tournament-scroll" tabIndex={0} role="region" aria-label={`Shares of the effect of ${drug}`}>
          <table>
            <thead><tr><th scope="col">mechanism</th>{shares.times.map((time) => <th key={time} scope="col">{time}</th>)}</tr></thead>
            <tbody>
              {shares.lines.map((line) => (
                <tr key={line.mechanism}><th scope="row">{line.title}</th>{line.rows.map((row, k) => <td key={k} class="number">{cell(row)}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

function cell(row: Carried | null): string {
  return row ? `${percentText(row.share)} (${fixedText(100 * row.low, 0)} to ${fixedText(100 * row.high, 0)})` : "–";
}

function Chart({ shares, drug }: { shares: Shares; drug: string }) {
  const { times, lines, low, high } = shares;
  const step = (BOX.right - BOX.left) / Math.max(times.length, 1);
  const y = (share: number) => BOX.bottom - ((BOX.bottom - BOX.top) * (share - low)) / (high - low);
  const x = (t: number, k: number) => BOX.left + step * (t + 0.5 + (lines.length > 1 ? 0.62 * (k / (lines.length - 1) - 0.5) : 0));
  return (
    <svg class="tournament-chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={told(lines, times, drug)}>
      {pointTicks(low, high).map((share) => (
        <g key={share}>
          <line class={share === 0 ? "tournament-zero" : "tournament-grid"} x1={BOX.left} x2={BOX.right} y1={y(share)} y2={y(share)} />
          <text x={BOX.left - 5} y={y(share) + 3.5} text-anchor="end">{percentText(share)}</text>
        </g>
      ))}
      {times.map((time, t) => (
        <g key={time}>
          {t > 0 && <line class="tournament-grid" x1={BOX.left + step * t} x2={BOX.left + step * t} y1={BOX.top} y2={BOX.bottom} />}
          <text text-anchor="middle">
            {wrapped(time, 13).map((line, l) => <tspan key={l} x={BOX.left + step * (t + 0.5)} y={BOX.bottom + 15 + 12 * l}>{line}</tspan>)}
          </text>
        </g>
      ))}
      {lines.map((line, k) => (
        <g key={line.mechanism} style={{ color: `var(--${COLOURS[k]})` }}>
          {line.rows.map((row, t) => row && (
            <g key={t}>
              <line class="tournament-range" x1={x(t, k)} x2={x(t, k)} y1={y(row.low)} y2={y(row.high)} />
              <Mark k={k} x={x(t, k)} y={y(row.share)} />
            </g>
          ))}
        </g>
      ))}
    </svg>
  );
}

/** Marks differ in shape, too, for those who do not see the colours. */
function Mark({ k, x, y }: { k: number; x: number; y: number }) {
  const shapes = ["", "-4,-4 4,-4 4,4 -4,4", "0,-5 5,4 -5,4", "0,-5.5 5.5,0 0,5.5 -5.5,0", "0,5 5,-4 -5,-4",
    "-1.6,-5 1.6,-5 1.6,-1.6 5,-1.6 5,1.6 1.6,1.6 1.6,5 -1.6,5 -1.6,1.6 -5,1.6 -5,-1.6 -1.6,-1.6"];
  return k === 0 ? <circle cx={x} cy={y} r="4" fill="currentColor" /> : <polygon points={shapes[k]} transform={`translate(${x} ${y})`} fill="currentColor" />;
}

function told(lines: Line[], times: string[], drug: string): string {
  const parts = times.map((time, t) => {
    const rows = lines.map((line) => line.rows[t]).filter((row) => row != null);
    const best = rows.reduce((a, b) => (b.share > a.share ? b : a), rows[0]!);
    return best ? `${time}: ${best.title} ${percentText(best.share)}` : "";
  });
  return `Share of the effect of ${drug} by mechanism. Most is carried at ${parts.filter(Boolean).join("; ")}.`;
}

function Next({ found }: { found: Tournament }) {
  return (
    <section aria-labelledby="tournament-next">
      <h3 id="tournament-next">The next experiment</h3>
      <p class="soft">What would tell most about which hypothesis is right, in bits, with n in each group.</p>
      <div class="tournament-scroll" tabIndex={0} role="region" aria-label="Experiments, the most telling first">
        <table>
          <thead>
            <tr><th scope="col">experiment</th><th scope="col">expected</th><th scope="col" class="number">bits</th><th scope="col" class="number">n</th><th scope="col" class="number">n to tell two leaders apart</th></tr>
          </thead>
          <tbody>
            {found.proposed.map((each) => (
              <tr key={each.rank}>
                <th scope="row">{each.design}</th>
                <td>{expectations(found, each).map(([outcome, who]) => <div key={outcome}><b>{outcome}</b> <small>{who.join(", ")}</small></div>)}</td>
                <td class="number">{numberText(each.bits, 2)}</td>
                <td class="number">{each.n}</td>
                <td class="number">{each.n_to_separate ?? "none tried"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
