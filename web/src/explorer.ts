/** The state of the screen, and when what is asked. */

import { fragmentQuestion, mainArm, questionFragment, withControl } from "./link";
import { ReplaySource } from "./replay";
import { signal } from "./signal";
import type { Source } from "./source";
import { moved, shown } from "./timing";
import type { Catalogue, Frame, Problem, Question, Reading, Want } from "./types";
import { FIRST_H } from "./words";

export type Side = "attribution" | "evidence" | "ledger" | "tournament";

/** After this long without a change a question becomes a place one can come back to. */
const SETTLED_MS = 450;

export class Explorer {
  readonly question;
  readonly typical = signal<Frame | null>(null);
  readonly ribbon = signal<Frame | null>(null);
  readonly attribution = signal<Frame | null>(null);
  readonly problems = signal<Partial<Record<Want, Problem>>>({});
  /** A word about what the user just did; null where there is nothing to say. */
  readonly notice = signal<string | null>(null);
  readonly timeH = signal(24);
  readonly hoverH = signal<number | null>(null);
  readonly logTime = signal(true);
  readonly playing = signal(false);
  readonly selected = signal<string | null>(null);
  readonly side = signal<Side>("attribution");
  readonly reading = signal<Reading>("left at rest");
  readonly shownArm = signal<string | null>(null);
  private settle: ReturnType<typeof setTimeout> | undefined;
  private later: ReturnType<typeof setTimeout> | undefined;
  private readonly outputs: { typical: string[]; ribbon: string[] };

  constructor(
    readonly catalogue: Catalogue,
    readonly source: Source,
  ) {
    this.question = signal<Question>(withControl(catalogue.default));
    this.outputs = wantedOutputs(catalogue);
    this.readAddress(true);
    addEventListener("popstate", () => this.readAddress(false));
    this.side.watch(() => this.askAttribution());
    this.reading.watch(() => this.askAttribution());
  }

  get until_h(): number {
    return this.question.value.until_d * 24;
  }

  get mainArm(): string {
    return mainArm(this.question.value);
  }

  /** Whether curves are on their way. */
  get pressing(): boolean {
    return this.source.status.value.waiting.some((want) => want !== "attribution");
  }

  /** Change the question; asks at once, so that the first thing a move does is to leave. */
  change(part: Partial<Question>, at = performance.now()): void {
    this.set(withControl({ ...this.question.value, ...part }), at);
    clearTimeout(this.settle);
    this.settle = setTimeout(() => this.writeAddress(), SETTLED_MS);
  }

  /** Put another question in place of the whole one, as a preset does. */
  replace(question: Question): void {
    this.set(withControl({ ...this.catalogue.default, ...question }), performance.now());
    clearTimeout(this.settle);
    this.writeAddress();
  }

  toggle(mechanism: string): void {
    if (this.source instanceof ReplaySource) {
      this.change({ off: this.source.switched(this.question.value, mechanism) });
      return;
    }
    const { off } = this.question.value;
    const without = off.filter((each) => each !== mechanism);
    this.change({ off: without.length < off.length ? without : [...off, mechanism] });
  }

  seek(time_h: number): void {
    const low = Math.min(FIRST_H, this.until_h / 10);
    this.timeH.set(Math.min(this.until_h, Math.max(low, time_h)));
  }

  link(): string {
    this.writeAddress();
    return location.href;
  }

  private set(question: Question, at: number): void {
    moved(question, at);
    this.question.set(question);
    this.askAll();
    if (this.timeH.value > this.until_h) this.seek(this.until_h);
  }

  private askAll(): void {
    const question = this.question.value;
    this.askOne("typical", question, this.outputs.typical, (frame) => this.typical.set(frame));
    if (question.people === "population") {
      this.askOne("ribbon", question, this.outputs.ribbon, (frame) => this.ribbon.set(frame));
    } else {
      this.forget("ribbon");
    }
    // It is asked only when the hand rests: what was said of the last question no longer holds.
    this.forget("attribution");
    clearTimeout(this.later);
    this.later = setTimeout(() => this.askAttribution(), SETTLED_MS);
  }

  private askOne(want: Want, question: Question, outputs: string[], take: (frame: Frame) => void): void {
    this.source.ask(
      want,
      question,
      { outputs },
      (frame) => {
        take(frame);
        this.forget(want);
        shown(frame);
      },
      (problem) => this.tell(problem, question),
    );
  }

  private askAttribution(): void {
    if (this.side.value !== "attribution") return;
    const question = this.question.value;
    const reading = this.reading.value;
    const { value: have } = this.attribution;
    if (have?.question === question && (have.reading ?? reading) === reading) return;
    const take = (frame: Frame) => {
      this.attribution.set(frame);
      this.forget("attribution");
    };
    // A page without a server divides the first question only, which is no fault of the next.
    const refused = (problem: Problem) => (this.source.live ? this.tell(problem, question) : this.attribution.set(null));
    this.source.ask("attribution", question, { reading }, take, refused);
  }

  /** A problem of a question that is no longer asked is nobody's. */
  private tell(problem: Problem, question: Question): void {
    if (question !== this.question.value) return;
    this.problems.set({ ...this.problems.value, [problem.want]: problem });
  }

  private forget(want: Want): void {
    if (!this.problems.value[want]) return;
    const { [want]: _, ...rest } = this.problems.value;
    this.problems.set(rest);
  }

  private writeAddress(): void {
    const fragment = questionFragment(this.question.value);
    if (location.hash !== fragment) history.pushState(null, "", fragment);
  }

  private readAddress(first: boolean): void {
    let read: Question | null = null;
    try {
      read = fragmentQuestion(location.hash, this.catalogue);
      if (!first && this.notice.value?.startsWith("The link")) this.notice.set(null);
    } catch (error) {
      this.notice.set(
        `The link cannot be read: ${(error as Error).message}. The default question is shown.`,
      );
    }
    clearTimeout(this.settle);
    this.set(read ?? withControl({ ...this.catalogue.default }), performance.now());
  }
}

/** The outputs to ask for: the charts' for everybody, the pathway's for the typical person too. */
function wantedOutputs(catalogue: Catalogue): { typical: string[]; ribbon: string[] } {
  const known = (name: string) => name in catalogue.outputs;
  const charts = [...new Set(catalogue.charts.flatMap((chart) => chart.outputs))].filter(known);
  const nodes = catalogue.pathway.nodes.flatMap((node) => (node.output ? [node.output, ...(node.plus ?? [])] : []));
  return { ribbon: charts, typical: [...new Set([...charts, ...nodes.filter(known)])] };
}
