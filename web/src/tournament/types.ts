/** The tournament that ships, as explorer/tournament.py sends it; hypotheses by weight. */

export interface Contender {
  name: string;
  title: string;
  sentence: string;
  champions: string[];
  weight: number;
  low: number;
  high: number;
  stacking: number | null;
}

export interface Failed {
  id: string;
  title: string;
  what: string;
  word: string;
  best_chance: number;
  best_hypothesis: string;
}

export interface Carried {
  drug: string;
  time: string;
  time_h: number;
  mechanism: string;
  title: string;
  share: number;
  low: number;
  high: number;
}

export interface Proposed {
  rank: number;
  design: string;
  bits: number;
  n: number;
  n_to_separate: number | null;
  /** What each hypothesis expects to be reported, and how surely. */
  predicted: string[];
  chances: number[];
}

export interface Tournament {
  headline: string;
  findings: number;
  hypotheses: Contender[];
  failed_by_all: Failed[];
  sensitivity: string[];
  carried: Carried[];
  proposed: Proposed[];
}
