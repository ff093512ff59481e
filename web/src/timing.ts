/** How long it takes from a move of the hand to the picture, for the browser tests to read. */

import type { Frame, Question, Want } from "./types";

export interface Move {
  want: Want;
  /** From the input event to the animation frame after the charts were drawn. */
  ms: number;
  server_ms: number;
  /** Whether the picture answers the newest question. */
  newest: boolean;
}

export interface Timing {
  /** Questions put since the page was opened. */
  moves: number;
  drawn: Move[];
  last: Partial<Record<Want, Move>>;
  /** The newest question, as JSON, and the one whose picture of each kind is on the screen. */
  asked: string;
  onScreen: Partial<Record<Want, string>>;
}

declare global {
  interface Window {
    ketasimTiming: Timing;
  }
}

const KEPT = 500;
const movedAt = new WeakMap<Question, number>();
let newest: Question | null = null;

const timing: Timing = {
  moves: 0,
  drawn: [],
  last: {},
  get asked() {
    return JSON.stringify(newest);
  },
  onScreen: {},
};
if (typeof window !== "undefined") window.ketasimTiming = timing;

export function moved(question: Question, at: number): void {
  movedAt.set(question, at);
  newest = question;
  timing.moves += 1;
}

/** Note that a frame was handed to the charts; they are drawn by the next animation frame. */
export function shown(frame: Frame): void {
  const at = movedAt.get(frame.question);
  requestAnimationFrame(() => {
    const move: Move = {
      want: frame.want,
      ms: at === undefined ? NaN : performance.now() - at,
      server_ms: frame.ms,
      newest: frame.question === newest,
    };
    timing.last[frame.want] = move;
    timing.onScreen[frame.want] = JSON.stringify(frame.question);
    timing.drawn.push(move);
    if (timing.drawn.length > KEPT) timing.drawn.shift();
  });
}
