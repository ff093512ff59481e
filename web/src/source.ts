/** Where answers come from: a live server, or data embedded in a report (replay). */

import type { Signal } from "./signal";
import type { AskOptions, Catalogue, Frame, Problem, Question, Want } from "./types";

export type ConnectionState = "connecting" | "open" | "reconnecting";

export interface SourceStatus {
  connection: ConnectionState;
  /** The kinds of ask that wait for an answer now. */
  waiting: Want[];
  /** Seconds until the next attempt to connect, where `connection` is "reconnecting". */
  retry_s?: number;
}

/** There is no catalogue yet, but there will be. */
export class Preparing extends Error {}

export interface Source {
  /** Whether any question can be asked, or only those that were computed before. */
  readonly live: boolean;
  readonly status: Signal<SourceStatus>;
  catalogue(): Promise<Catalogue>;
  /** Ask; of each kind at most one is in flight and the newest waits, older ones are dropped. */
  ask(
    want: Want,
    question: Question,
    options: AskOptions,
    onAnswer: (frame: Frame) => void,
    onProblem: (problem: Problem) => void,
  ): void;
}
