/** Doses on a line of days: drag them, move them with the arrow keys, add and remove them. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Explorer } from "../explorer";
import { useSignal } from "../hooks";
import { type ArmLook, armLooks } from "../panels";
import { timeText } from "../quantities";
import { isRepeated, lasts, shifted, starts, stepLine, withDoseMoved, withoutDose } from "../steps";
import { timeTicks } from "../ticks";
import type { Arm, Step } from "../types";
import { addedStep, Swatch } from "./Regimens";

interface Span {
  from_h: number;
  to_h: number;
  width: number;
}

export function Timeline({ explorer }: { explorer: Explorer }) {
  const question = useSignal(explorer.question);
  const timeH = useSignal(explorer.timeH);
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    watcher.observe(host.current!);
    return () => watcher.disconnect();
  }, []);
  const to_h = question.until_d * 24;
  const earliest = Math.min(0, ...question.arms.flatMap((arm) => arm.steps.flatMap((step) => starts(step))));
  const span: Span = { from_h: earliest, to_h, width };
  const looks = armLooks(question);
  const fixed = !explorer.source.live;
  const left = (time_h: number) => `${(100 * (time_h - span.from_h)) / (to_h - span.from_h)}%`;
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">
        Doses in time
        {!fixed && <small> drag or use arrow keys; Alt moves one dose of a series; Delete removes it</small>}
      </h2>
      <div class="lanes">
        <div class="names">
          {question.arms.map((arm, k) => (
            <div key={k}>
              <Swatch look={looks[k]!} />
              <span>{arm.name}</span>
              {!fixed && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Add a dose to ${arm.name}`}
                  onClick={() => setSteps(explorer, k, [...arm.steps, addedStep(explorer, arm)])}
                >
                  +
                </button>
              )}
            </div>
          ))}
        </div>
        <div class="days" ref={host} inert={fixed}>
          {question.arms.map((arm, k) => (
            <Lane key={k} explorer={explorer} arm={arm} armIndex={k} look={looks[k]!} span={span} />
          ))}
          <div class="now" style={{ left: left(timeH) }} aria-hidden="true" />
          <div class="scale" aria-hidden="true">
            {timeTicks(span.from_h, to_h, false, width).map((tick) => (
              <span key={tick.at} style={{ left: left(tick.at) }}>
                {tick.text}
              </span>
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

interface LaneProps {
  explorer: Explorer;
  arm: Arm;
  armIndex: number;
  look: ArmLook;
  span: Span;
}

interface Grip {
  s: number;
  k: number;
  x: number;
  at: number;
  steps: Step[];
  alone: boolean;
}

function Lane({ explorer, arm, armIndex, look, span }: LaneProps) {
  const grip = useRef<Grip | null>(null);
  const lane = useRef<HTMLDivElement>(null);
  // The lane holds the pointer: the mark under it may become part of another series on the way.
  const down = (event: PointerEvent) => {
    const mark = (event.target as HTMLElement).closest<HTMLElement>(".mark");
    if (!mark || event.button !== 0) return;
    const { s, k, at } = mark.dataset;
    const { steps } = explorer.question.value.arms[armIndex]!;
    grip.current = { s: Number(s), k: Number(k), x: event.clientX, at: Number(at), steps, alone: event.altKey };
    lane.current!.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const held = grip.current;
    if (!held) return;
    const moved_h = ((event.clientX - held.x) / span.width) * (span.to_h - span.from_h);
    if (Math.abs(event.clientX - held.x) < 2) return;
    const steps = placed(held.steps, held.s, held.k, snapped(held.at + moved_h, span), held.alone, span);
    setSteps(explorer, armIndex, steps, event.timeStamp);
  };
  const up = () => (grip.current = null);
  const add = (event: MouseEvent) => {
    if (event.target !== event.currentTarget) return;
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const at = span.from_h + ((event.clientX - box.left) / box.width) * (span.to_h - span.from_h);
    const step = { ...addedStep(explorer, arm), start: timeText(snapped(at, span)) };
    setSteps(explorer, armIndex, [...arm.steps, step]);
  };
  return (
    <div
      class="lane"
      ref={lane}
      onDblClick={add}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
    >
      {arm.steps.flatMap((step, s) =>
        starts(step).map((at, k) => (
          <Mark key={`${s}.${k}`} {...{ explorer, armIndex, step, s, k, at, look, span }} />
        )),
      )}
    </div>
  );
}

interface MarkProps {
  explorer: Explorer;
  armIndex: number;
  step: Step;
  /** Number of the step in its arm, and of the dose in its step. */
  s: number;
  k: number;
  at: number;
  look: ArmLook;
  span: Span;
}

function Mark({ explorer, armIndex, step, s, k, at, look, span }: MarkProps) {
  const steps = () => explorer.question.value.arms[armIndex]!.steps;
  const keys = (event: KeyboardEvent) => {
    const step_h = event.shiftKey ? 24 : grain(span);
    const by = { ArrowRight: step_h, ArrowUp: step_h, ArrowLeft: -step_h, ArrowDown: -step_h }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const lane = (event.currentTarget as HTMLElement).parentElement;
      setSteps(explorer, armIndex, placed(steps(), s, k, at + by, event.altKey, span), event.timeStamp);
      if (event.altKey) focusNear(lane, at + by);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      const all = steps();
      const lane = (event.currentTarget as HTMLElement).parentElement;
      setSteps(explorer, armIndex, [...all.slice(0, s), ...withoutDose(all[s]!, k), ...all.slice(s + 1)]);
      focusNear(lane, at);
    }
  };
  const whole = span.to_h - span.from_h;
  const width = Math.max(0, Math.min(lasts(step), span.to_h - at)) / whole;
  if (at > span.to_h) return null;
  return (
    <button
      type="button"
      class={lasts(step) > 24 ? "mark long" : "mark"}
      role="slider"
      aria-orientation="horizontal"
      aria-label={`Dose: ${stepLine({ ...step, start: undefined })}`}
      aria-valuemin={span.from_h}
      aria-valuemax={span.to_h}
      aria-valuenow={Math.round(at * 60) / 60}
      aria-valuetext={`at ${timeText(at)}`}
      title={`${stepLine(step)}\nat ${timeText(at)}`}
      style={{
        left: `${(100 * (at - span.from_h)) / whole}%`,
        width: `max(7px, ${100 * width}%)`,
        "--own": `var(--${look.colour})`,
      }}
      data-s={s}
      data-k={k}
      data-at={at}
      onKeyDown={keys}
    />
  );
}

/** The steps of an arm when dose `k` of step `s` is put to another time, alone or with its series. */
function placed(all: Step[], s: number, k: number, to_h: number, alone: boolean, span: Span): Step[] {
  const own = all[s]!;
  const latest = span.to_h - grain(span);
  const at = Math.min(latest, Math.max(Math.min(0, span.from_h), to_h));
  if (alone && isRepeated(own)) {
    return [...all.slice(0, s), ...withDoseMoved(own, k, at), ...all.slice(s + 1)];
  }
  const times = starts(own);
  const first = Math.min(latest, Math.max(Math.min(0, span.from_h), times[0]! + at - times[k]!));
  return [...all.slice(0, s), shifted(own, first), ...all.slice(s + 1)];
}

/** Keep the focus where the hand was, although the marks are others now. */
function focusNear(lane: HTMLElement | null, time_h: number): void {
  setTimeout(() => {
    const marks = [...(lane?.querySelectorAll<HTMLElement>(".mark") ?? [])];
    const off = (mark: HTMLElement) => Math.abs(Number(mark.dataset.at) - time_h);
    marks.sort((a, b) => off(a) - off(b))[0]?.focus();
  }, 0);
}

/** The shortest move: about a pixel and a half, of a round length. */
function grain(span: Span): number {
  const pixel_h = (span.to_h - span.from_h) / Math.max(100, span.width);
  const lengths = [1 / 60, 5 / 60, 0.25, 0.5, 1, 2, 6, 12, 24];
  return lengths.find((each) => each >= 1.5 * pixel_h) ?? 24;
}

function snapped(time_h: number, span: Span): number {
  const step = grain(span);
  return Math.round(time_h / step) * step;
}

function setSteps(explorer: Explorer, armIndex: number, steps: Step[], at?: number): void {
  const arms = explorer.question.value.arms.map((arm, k) => (k === armIndex ? { ...arm, steps } : arm));
  explorer.change({ arms }, at);
}
