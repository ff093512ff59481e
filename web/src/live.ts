/** The live source: one WebSocket, one ask of each kind in flight, latest wins. */

import { decodeFrame, frameHeader } from "./frame";
import { type Settable, signal } from "./signal";
import { type ConnectionState, Preparing, type Source, type SourceStatus } from "./source";
import type { AskOptions, Catalogue, Frame, Problem, Question, Want } from "./types";

interface Waiting {
  want: Want;
  question: Question;
  options: AskOptions;
  onAnswer: (frame: Frame) => void;
  onProblem: (problem: Problem) => void;
}

interface InFlight extends Waiting {
  id: number;
}

/** What of a WebSocket is used here, so that a test can stand in for it. */
export interface Socket {
  binaryType: string;
  readyState: number;
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
}

const FIRST_RETRY_S = 0.5;
const LAST_RETRY_S = 15;
/** The server ends a request after 20 s; if nothing at all came by then, the line is dead. */
const SILENCE_S = 30;
/** The first answer also waits for the model to be made ready. */
const FIRST_SILENCE_S = 300;

/** A message in words: a problem, or that work was stopped. */
type Told = Omit<Problem, "id" | "want" | "kind"> & {
  id: number | null;
  want?: Want | null;
  kind?: Problem["kind"] | "stopped";
};

export class LiveSource implements Source {
  readonly live = true;
  readonly status: Settable<SourceStatus> = signal<SourceStatus>({
    connection: "connecting",
    waiting: [],
  });
  private socket: Socket | null = null;
  private nextId = 1;
  private retry_s = FIRST_RETRY_S;
  private answered = false;
  private readonly inFlight = new Map<Want, InFlight>();
  private readonly waiting = new Map<Want, Waiting>();
  private readonly clocks = new Map<Want, ReturnType<typeof setTimeout>>();
  /** Until the next attempt to connect. */
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly open: () => Socket,
    private readonly fetchCatalogue: () => Promise<Catalogue>,
  ) {
    this.connect();
  }

  catalogue(): Promise<Catalogue> {
    return this.fetchCatalogue();
  }

  ask(
    want: Want,
    question: Question,
    options: AskOptions,
    onAnswer: (frame: Frame) => void,
    onProblem: (problem: Problem) => void,
  ): void {
    this.waiting.set(want, { want, question, options, onAnswer, onProblem });
    this.sendWaiting(want);
  }

  private connect(): void {
    clearTimeout(this.timer);
    const socket = this.open();
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.retry_s = FIRST_RETRY_S;
      this.tell("open");
      for (const want of [...this.waiting.keys()]) this.sendWaiting(want);
    };
    socket.onmessage = ((event: { data: ArrayBuffer | string }) => this.receive(event.data)) as never;
    socket.onerror = null;
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  /** Keep what was asked, and connect again after a pause that grows. */
  private lost(): void {
    this.socket = null;
    for (const [want, ask] of this.inFlight) {
      if (!this.waiting.has(want)) this.waiting.set(want, ask);
      clearTimeout(this.clocks.get(want));
    }
    this.inFlight.clear();
    const pause_s = this.retry_s;
    this.retry_s = Math.min(LAST_RETRY_S, this.retry_s * 2);
    this.tell("reconnecting", pause_s);
    this.timer = setTimeout(() => this.connect(), pause_s * 1000);
  }

  private sendWaiting(want: Want): void {
    const ask = this.waiting.get(want);
    const ready = this.socket?.readyState === 1;
    if (!ask || !ready || this.inFlight.has(want)) {
      this.tell();
      return;
    }
    this.waiting.delete(want);
    const id = this.nextId++;
    this.inFlight.set(want, { ...ask, id });
    this.clocks.set(want, setTimeout(() => this.socket?.close(), (this.answered ? SILENCE_S : FIRST_SILENCE_S) * 1000));
    this.socket!.send(JSON.stringify({ id, want, question: ask.question, ...ask.options }));
    this.tell();
  }

  private receive(data: ArrayBuffer | string): void {
    this.answered = true;
    if (typeof data === "string") {
      const told = JSON.parse(data) as Told;
      // An ask that could not be read has no number; it is known by its kind.
      const id = told.id ?? this.inFlight.get(told.want ?? "typical")?.id ?? 0;
      // Work on a question that has been replaced ends with a word and no answer.
      const { kind, ...rest } = told;
      if (kind === "stopped") this.finish(id, () => undefined);
      else this.finish(id, (ask) => ask.onProblem({ ...rest, ...(kind && { kind }), id, want: ask.want }));
      return;
    }
    const { id } = frameHeader(data);
    this.finish(id, (ask) => ask.onAnswer(decodeFrame(data, ask.question)));
  }

  /** Hand an answer to whoever asked; the next ask of its kind leaves before it is drawn. */
  private finish(id: number, hand: (ask: InFlight) => void): void {
    const ask = [...this.inFlight.values()].find((each) => each.id === id);
    if (!ask) return;
    clearTimeout(this.clocks.get(ask.want));
    this.inFlight.delete(ask.want);
    this.sendWaiting(ask.want);
    hand(ask);
  }

  private tell(connection: ConnectionState = this.status.value.connection, retry_s?: number): void {
    const waiting = [...new Set([...this.inFlight.keys(), ...this.waiting.keys()])].sort();
    const before = this.status.value;
    const same = before.connection === connection && before.retry_s === retry_s;
    if (same && before.waiting.join() === waiting.join()) return;
    this.status.set({ connection, waiting, ...(retry_s === undefined ? {} : { retry_s }) });
  }
}

/** The source that talks to the server this page came from. */
export function liveSource(): LiveSource {
  const here = new URL(".", location.href);
  const line = new URL("live", here);
  line.protocol = line.protocol === "https:" ? "wss:" : "ws:";
  return new LiveSource(
    () => new WebSocket(line.href) as unknown as Socket,
    async () => {
      const answer = await fetch("catalogue.json");
      if (answer.status === 503) throw new Preparing();
      if (!answer.ok) throw new Error(`the server answered ${answer.status} to catalogue.json`);
      return (await answer.json()) as Catalogue;
    },
  );
}
