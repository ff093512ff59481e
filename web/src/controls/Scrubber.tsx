/** The clock of the whole screen: minutes to weeks, by hand or running. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Explorer } from "../explorer";
import { useSignal } from "../hooks";
import { stillWanted } from "../theme";
import { timeTicks } from "../ticks";
import { FIRST_H, lengthText, LOG_TICKS } from "../words";
import { Segmented } from "./fields";

const FINE = 2000;
/** A run from two minutes to the end lasts this long. */
const RUN_MS = 14000;
const STEP_MS = 1300;

export function Scrubber({ explorer }: { explorer: Explorer }) {
  const timeH = useSignal(explorer.timeH);
  const log = useSignal(explorer.logTime);
  const playing = useSignal(explorer.playing);
  const question = useSignal(explorer.question);
  const track = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(520);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    watcher.observe(track.current!);
    return () => watcher.disconnect();
  }, []);
  const to = question.until_d * 24;
  const from = Math.min(FIRST_H, to / 10);
  const share = log ? Math.log(timeH / from) / Math.log(to / from) : timeH / to;
  const hoursOf = (part: number) => (log ? from * (to / from) ** part : Math.max(from, part * to));
  useEffect(() => (playing ? run(explorer, hoursOf, share, to) : undefined), [playing, log, to]);
  return (
    <section class="scrubber" aria-label="Clock">
      <button
        type="button"
        class="tool play"
        aria-label={playing ? "Pause" : "Play"}
        onClick={() => explorer.playing.set(!playing)}
      >
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          {playing ? <path d="M2 1h3v10H2zM7 1h3v10H7z" /> : <path d="M2 .5 11 6 2 11.5z" />}
        </svg>
      </button>
      <output class="number clock">{lengthText(timeH)}</output>
      <div class="track" ref={track}>
        <input
          type="range"
          min={0}
          max={FINE}
          step={1}
          value={Math.round(share * FINE)}
          aria-label="Time since the first dose"
          aria-valuetext={lengthText(timeH)}
          onInput={(event) => {
            explorer.playing.set(false);
            explorer.seek(hoursOf(Number(event.currentTarget.value) / FINE));
          }}
        />
        <div class="scale" aria-hidden="true">
          {timeTicks(log ? from : 0, to, log, width).map((tick) => {
            const at = log ? Math.log(tick.at / from) / Math.log(to / from) : tick.at / to;
            return (
              <span key={tick.at} style={{ left: `${100 * at}%` }}>
                {tick.text}
              </span>
            );
          })}
        </div>
      </div>
      <Segmented
        label="Time axis"
        value={log ? "log" : "linear"}
        choices={[["log", "log"], ["linear", "linear"]]}
        onValue={(axis) => explorer.logTime.set(axis === "log")}
      />
    </section>
  );
}

/** Let time run from where it is (from the start, if it is at the end); by steps where motion is
 * not wanted. */
function run(explorer: Explorer, hoursOf: (share: number) => number, share: number, to: number): () => void {
  const first = share > 0.995 ? 0 : share;
  if (stillWanted()) {
    const stops = [...LOG_TICKS.map(([h]) => h).filter((h) => h < to), to];
    if (first === 0) explorer.seek(0);
    const clock = setInterval(() => {
      const next = stops.find((h) => h > explorer.timeH.value * 1.001);
      if (next === undefined) explorer.playing.set(false);
      else explorer.seek(next);
    }, STEP_MS);
    return () => clearInterval(clock);
  }
  const began = performance.now();
  let frame = requestAnimationFrame(function tick(now) {
    const part = first + (now - began) / RUN_MS;
    explorer.seek(hoursOf(Math.min(1, Math.max(0, part))));
    if (part >= 1) explorer.playing.set(false);
    else frame = requestAnimationFrame(tick);
  });
  return () => cancelAnimationFrame(frame);
}
