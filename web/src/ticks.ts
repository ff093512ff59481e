/** Where ticks stand, for the charts on screen and in saved figures alike. */

import { fixedText, LOG_TICKS, placesFor } from "./words";

export interface Tick {
  at: number;
  text: string;
}

/** Ticks of a time axis `width` pixels wide, thinned so that their texts stay apart. */
export function timeTicks(from_h: number, to_h: number, log: boolean, width: number): Tick[] {
  return log ? logTicks(from_h, to_h, width) : linearTicks(from_h, to_h, width);
}

function logTicks(from_h: number, to_h: number, width: number): Tick[] {
  const inside = LOG_TICKS.filter(([h]) => h >= from_h * 0.999 && h <= to_h * 1.001);
  const span = Math.log(to_h / from_h);
  const kept: Tick[] = [];
  let free = Infinity;
  for (const [at, text] of [...inside].reverse()) {
    const x = (Math.log(at / from_h) / span) * width;
    const half = 3.2 * text.length + 5;
    if (x + half > free) continue;
    kept.push({ at, text });
    free = x - half;
  }
  return kept.reverse();
}

function linearTicks(from_h: number, to_h: number, width: number): Tick[] {
  const most = Math.max(2, Math.floor(width / 44));
  const span = to_h - from_h;
  const unit = span <= 3 ? [1 / 60, "min"] : span <= 72 ? [1, "h"] : span <= 24 * 84 ? [24, "d"] : [168, "wk"];
  const scale = unit[0] as number;
  const steps = { min: [5, 10, 15, 30, 60], h: [1, 2, 4, 6, 12, 24], d: [1, 2, 7, 14, 28], wk: [2, 4, 8, 13, 26, 52] };
  const choices = steps[unit[1] as keyof typeof steps];
  const step = (choices.find((each) => span / (each * scale) <= most) ?? choices[choices.length - 1]!) * scale;
  const ticks: Tick[] = [];
  for (let k = Math.ceil(from_h / step - 1e-9); k * step <= to_h * (1 + 1e-9); k++) {
    const shown = Number(((k * step) / scale).toFixed(2));
    ticks.push({ at: k * step, text: shown === 0 ? "0" : `${shown} ${unit[1]}` });
  }
  return ticks;
}

/** Ticks of a value axis `height` pixels high: round steps, or only both ends where it is low. */
export function valueTicks(low: number, high: number, height: number): Tick[] {
  const span = high - low;
  const text = (at: number) => fixedText(at, placesFor(span, 4)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  if (height < 56) return [low, high].map((at) => ({ at, text: text(at) }));
  const most = Math.max(2, Math.floor(height / 34));
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => span / (each * power) <= most) ?? 10);
  const ticks: Tick[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    ticks.push({ at: k * step, text: text(k * step) });
  }
  return ticks;
}
