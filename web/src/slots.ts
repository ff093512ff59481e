/** What the shell hands to the parts that are drawn inside it. */

import type { Catalogue, Frame, Reading } from "./types";

export interface PathwayMapProps {
  catalogue: Catalogue;
  /** The typical person's newest answer, with every output the map shows; null before the first. */
  frame: Frame | null;
  /** The arm whose values are shown (the main arm unless the user chose another). */
  arm: string;
  timeH: number;
  /** Newest attribution, for the rings of what carries the effect. */
  attribution?: Frame | null;
  /** Mechanisms that are switched off. */
  off: string[];
  selected: string | null;
  /** Whether time runs; flow may move only then or while scrubbing, and never against a wish for
   * reduced motion. */
  playing: boolean;
  onToggle: (mechanism: string) => void;
  /** The pointer rests on it; nothing else on the screen should move. */
  onPoint: (mechanism: string) => void;
  onSelect: (mechanism: string | null) => void;
}

export interface EvidencePanelProps {
  catalogue: Catalogue;
  selected: string | null;
  off: string[];
  onToggle: (mechanism: string) => void;
  onSelect: (mechanism: string | null) => void;
}

export interface AttributionChartProps {
  catalogue: Catalogue;
  /** Newest attribution answer; null before the first. */
  frame: Frame | null;
  timeH: number;
  reading: Reading;
  /** What is said where nothing has been divided. */
  none: string;
  waiting: boolean;
  selected: string | null;
  onReading: (reading: Reading) => void;
  onSelect: (mechanism: string | null) => void;
  onTime: (timeH: number) => void;
}

export interface LedgerPanelProps {
  catalogue: Catalogue;
}
