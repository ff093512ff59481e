/** The replayed source: answers computed beforehand, embedded in the page; no server. */

import { decodeFrame, frameOf } from "./frame";
import { type Settable, signal } from "./signal";
import type { Source, SourceStatus } from "./source";
import type { Arm, AskOptions, Catalogue, Frame, GivenDose, Problem, Question, Reading, Want } from "./types";

type Kind = "typical" | "ribbon";

/** What stands in the page's `#replay` element. */
export interface ReplayData {
  catalogue: Catalogue;
  main: string;
  /** The doses that were computed, as multiples of the first question's. */
  doses: { factor: number; arms: Arm[]; marks: GivenDose[] }[];
  /** The mechanisms of which one at a time can be at rest. */
  off: string[];
  kinds: Record<Kind, { series: [string, string][]; times_h: number[] }>;
  entries: Record<string, { at: number; failed: number; mg: [number, number] }>;
  attribution: Partial<Record<Reading, string>>;
  columns: string;
}

const STEPS = 65534;
const MISSING = 65535;
const ELSE = "`ketasim explore` answers any question.";

export class ReplaySource implements Source {
  readonly live = false;
  readonly status: Settable<SourceStatus> = signal<SourceStatus>({ connection: "open", waiting: [] });

  /** Counts answers: a chart is drawn again when its frame bears another number. */
  private nextId = 1;

  constructor(
    readonly data: ReplayData,
    private readonly bytes: Promise<ArrayBuffer>,
  ) {}

  get factors(): number[] {
    return this.data.doses.map((each) => each.factor);
  }

  /** The multiple of the first question's doses that a question gives; undefined for another. */
  factorOf(question: Question): number | undefined {
    const arms = JSON.stringify(question.arms.map(plainArm));
    return this.data.doses.find((each) => JSON.stringify(each.arms.map(plainArm)) === arms)?.factor;
  }

  /** What changes in a question when the main arm gets a multiple of its first doses. */
  atFactor(factor: number): { arms: Arm[] } {
    return { arms: this.data.doses.find((each) => each.factor === factor)!.arms };
  }

  /** What is at rest when a mechanism is switched: one at a time is held beside the first ones. */
  switched(question: Question, mechanism: string): string[] {
    const first = this.data.catalogue.default.off;
    return question.off.includes(mechanism) ? first : [...first, mechanism];
  }

  async catalogue(): Promise<Catalogue> {
    await this.bytes;
    return this.data.catalogue;
  }

  ask(
    want: Want,
    question: Question,
    options: AskOptions,
    onAnswer: (frame: Frame) => void,
    onProblem: (problem: Problem) => void,
  ): void {
    this.bytes.then(
      (bytes) => {
        const found = this.found(want, question, options, bytes);
        if (typeof found === "string") onProblem({ id: 0, want, problems: [found] });
        else onAnswer(found);
      },
      () => undefined,
    );
  }

  /** The frame that answers, or why there is none. */
  private found(want: Want, question: Question, options: AskOptions, bytes: ArrayBuffer): Frame | string {
    const factor = this.factorOf(question);
    const extra = this.extraOff(question);
    if (factor === undefined || extra === undefined) {
      return `This page holds ${this.factors.length} doses, each with one mechanism at rest, and no more. ${ELSE}`;
    }
    if (want === "attribution") return this.shares(question, options.reading ?? "left at rest", factor, extra);
    return this.frame(want, question, factor, extra, bytes);
  }

  /** The mechanism at rest beside the first ones; "" for none, undefined for what is not held. */
  private extraOff(question: Question): string | undefined {
    const first = this.data.catalogue.default;
    const same = (key: keyof Question) => JSON.stringify(question[key]) === JSON.stringify(first[key]);
    const kept = (["n", "population", "seed", "until_d", "control", "scale", "block", "values", "overrides"] as const).every(same);
    const more = question.off.filter((name) => !first.off.includes(name));
    const held = kept && more.length <= 1 && question.off.length === first.off.length + more.length;
    return held && more.every((name) => this.data.off.includes(name)) ? (more[0] ?? "") : undefined;
  }

  private shares(question: Question, reading: Reading, factor: number, extra: string): Frame | string {
    const held = this.data.attribution[reading];
    if (factor !== 1 || extra || !held) {
      return `This page holds who carries it for the first question only. ${ELSE}`;
    }
    return decodeFrame(bytesOf(held).buffer as ArrayBuffer, question);
  }

  private frame(want: Kind, question: Question, factor: number, extra: string, bytes: ArrayBuffer): Frame | string {
    const clock = performance.now();
    const { series, times_h } = this.data.kinds[want];
    const keys = [];
    const columns: Float32Array[] = [];
    const failed: Record<string, number> = {};
    const delivered_mg: Record<string, [number, number]> = {};
    for (const { name } of question.arms) {
      const multiple = name === this.data.main ? factor : 1;
      const entry = this.data.entries[`${want}|${name}|${multiple}|${extra}`];
      if (!entry) return `A population is held here for a mechanism at rest or for another dose, not for both. ${ELSE}`;
      columns.push(...unpacked(bytes, entry.at, series.length, times_h.length));
      keys.push(...series.map(([output, stat]) => ({ arm: name, output, stat })));
      failed[name] = entry.failed;
      delivered_mg[name] = entry.mg;
    }
    const doses = this.data.doses.find((each) => each.factor === factor)!.marks;
    const ms = performance.now() - clock;
    const header = { id: this.nextId++, want, n_times: times_h.length, series: keys, failed, doses, delivered_mg, ms };
    return frameOf(header, Float32Array.from(times_h), columns, question);
  }
}

/** Columns as src/ketasim/explorer/columns.py packs them. */
export function unpacked(bytes: ArrayBuffer, at: number, columns: number, times: number): Float32Array[] {
  const ends = new DataView(bytes, at, 8 * columns);
  const size = columns * times;
  const apart = new Uint8Array(bytes, at + 8 * columns, 2 * size);
  return Array.from({ length: columns }, (_, c) => {
    const low = ends.getFloat32(4 * c, true);
    const step = (ends.getFloat32(4 * (columns + c), true) - low) / STEPS;
    const column = new Float32Array(times);
    let place = 0;
    for (let t = 0; t < times; t++) {
      const k = c * times + t;
      place = (place + apart[k]! + 256 * apart[size + k]!) & 0xffff;
      column[t] = place === MISSING ? NaN : low + place * step;
    }
    return column;
  });
}

/** An arm without what a reader may leave out, so that two of them can be compared. */
function plainArm(arm: Arm): Arm {
  const steps = arm.steps.map((step) => Object.fromEntries(Object.entries(step).sort()));
  return { name: arm.name, open_label: arm.open_label ?? false, steps };
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function inflated(text: string): Promise<ArrayBuffer> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser is too old to unpack the page (it lacks DecompressionStream)");
  }
  const stream = new Blob([bytesOf(text) as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/** The source that the page carries itself, or null where it carries none. */
export function replaySource(): ReplaySource | null {
  const told = document.getElementById("replay")?.textContent;
  if (!told) return null;
  const data = JSON.parse(told) as ReplayData;
  return new ReplaySource(data, inflated(data.columns));
}
