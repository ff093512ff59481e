/** What travels between page and server, as the protocol of the explorer has it. */

import type { Tournament } from "./tournament/types";

export type Want = "typical" | "ribbon" | "attribution";
export type Reading = "left at rest" | "blocked below rest";

/** One line of a protocol, with the keys of a study file (dosing/protocol.py). */
export interface Step {
  drug?: string;
  dose?: string;
  rate?: string;
  salt?: "base" | "hydrochloride";
  route?: string;
  over?: string;
  formulation?: string;
  for?: string;
  session?: boolean;
  start?: string;
  every?: string;
  times?: number;
  per_week?: 1 | 2 | 3;
  weeks?: number;
}

export interface Arm {
  name: string;
  steps: Step[];
  open_label?: boolean;
}

/** The whole state of the screen; also what stands in the fragment of the address. */
export interface Question {
  v: 1;
  title?: string;
  people: "typical" | "population";
  n: number;
  population: string;
  seed: number;
  until_d: number;
  arms: Arm[];
  control: string | null;
  off: string[];
  scale: Record<string, number>;
  block: Record<string, number>;
  values: Record<string, number>;
  overrides: Record<string, number>;
}

export interface Ask {
  id: number;
  want: Want;
  question: Question;
  outputs?: string[];
  reading?: Reading;
}

/** What an ask may say beside the question. */
export interface AskOptions {
  outputs?: string[];
  reading?: Reading;
}

/** "value" (typical); "mean", "p5" ... "p95", "response", "remission" (ribbon); "share:MECH",
 * "error:MECH", "total" (attribution). */
export type Stat = string;

export interface SeriesKey {
  arm: string;
  output: string;
  stat: Stat;
}

export interface GivenDose {
  arm: string;
  start_h: number;
  end_h: number;
  label: string;
}

/** The header of a binary frame, as the server writes it. */
export interface FrameHeader {
  id: number;
  want: Want;
  n_times: number;
  series: SeriesKey[];
  failed?: Record<string, number>;
  doses?: GivenDose[];
  delivered_mg?: Record<string, [number, number]>;
  reading?: Reading;
  ms: number;
}

/** An answer, decoded: times, and one column of numbers per series (NaN where there is none). */
export interface Frame extends FrameHeader {
  times_h: Float32Array;
  columns: Float32Array[];
  /** The question it answers. */
  question: Question;
  /** The column of an arm, an output and a statistic; undefined where the frame lacks it. */
  column(arm: string, output: string, stat?: Stat): Float32Array | undefined;
}

export interface Problem {
  id: number;
  want: Want;
  problems: string[];
  kind?: "numerical" | "internal" | "too long";
}

export interface OutputInfo {
  unit: string;
  label: string;
  mechanism: string;
  rest?: number | null;
  bounds?: [number | null, number | null] | null;
}

export interface ChartInfo {
  key: string;
  title: string;
  unit: string;
  outputs: string[];
  kind: "line" | "share";
  lines?: { value: number; label: string }[];
  clock?: "trigger" | "early" | "late";
  /** Short names of its outputs, for the lanes. */
  names?: Record<string, string>;
}

export interface RouteInfo {
  route: string;
  needs: string[];
  typical_dose?: number | null;
  unit?: string | null;
  lowest?: number | null;
  highest?: number | null;
  formulations?: string[];
}

export interface DrugInfo {
  name: string;
  title: string;
  companion?: string | boolean | null;
  routes: RouteInfo[];
}

export interface ParameterInfo {
  symbol: string;
  value: number;
  unit: string;
  tier: string;
  source: string;
  note?: string;
}

export interface EvidenceInfo {
  id: string;
  finding: string;
  role: string;
  verdict: string;
  study: string;
  source: string;
}

export interface MechanismInfo {
  name: string;
  title: string;
  systems: string[];
  clock?: string;
  biology: string;
  sources: string[];
  switchable: boolean;
  parameters: ParameterInfo[];
  evidence: EvidenceInfo[];
}

export interface PathwayNode {
  id: string;
  mechanism?: string | null;
  output?: string | null;
  /** Outputs that are added to it. */
  plus?: string[];
  label: string;
  glyph: string;
  x: number;
  y: number;
  w: number;
  h: number;
  compartment?: string | null;
}

export interface PathwayEdge {
  from: string;
  to: string;
  arc: string;
  points?: [number, number][];
}

export interface Pathway {
  size: [number, number];
  compartments: { id: string; label: string; x: number; y: number; w: number; h: number }[];
  nodes: PathwayNode[];
  edges: PathwayEdge[];
}

export interface LedgerEntry {
  id: string;
  claim: string;
  evidence: string;
  model: string;
  why: string;
  sources: string[];
}

export interface Preset {
  name: string;
  title: string;
  line: string;
  question: Question;
}

export interface Catalogue {
  program: string;
  version: string;
  model_hash: string;
  notice: string;
  default: Question;
  presets: Preset[];
  outputs: Record<string, OutputInfo>;
  charts: ChartInfo[];
  drugs: DrugInfo[];
  populations: { name: string; title: string }[];
  regimens: { name: string; title: string; steps: Step[] }[];
  mechanisms: MechanismInfo[];
  pathway: Pathway;
  ledger: LedgerEntry[];
  /** How rival hypotheses stand; none where this installation has no draws. */
  tournament?: Tournament | null;
  sources: Record<string, string>;
  limits: { n_max: number; until_max_d: number; arms_max: number };
}
