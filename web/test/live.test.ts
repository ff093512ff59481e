import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { LiveSource, type Socket } from "../src/live";
import type { Question } from "../src/types";
import { bytes, CATALOGUE, QUESTION } from "./example";

class Line implements Socket {
  binaryType = "";
  readyState = 0;
  sent: { id: number; want: string; question: Question }[] = [];
  onopen: Socket["onopen"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  onmessage: Socket["onmessage"] = null;
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  open() {
    this.readyState = 1;
    this.onopen?.(undefined as never);
  }
  close() {
    this.readyState = 3;
    this.onclose?.(undefined as never);
  }
  answer(id: number, want = "typical") {
    this.onmessage?.({ data: bytes({ id, want, n_times: 1, series: [], ms: 1 }, [[0]]) } as never);
  }
}

function connected() {
  const lines: Line[] = [];
  const source = new LiveSource(
    () => {
      lines.push(new Line());
      return lines[lines.length - 1]!;
    },
    () => Promise.resolve(CATALOGUE),
  );
  return { source, lines };
}

const seeded = (seed: number): Question => ({ ...QUESTION, seed });
const nothing = () => undefined;

test("sixty moves: one in flight, the newest waits, the last picture is the newest", () => {
  const { source, lines } = connected();
  lines[0]!.open();
  const seen: number[] = [];
  for (let k = 0; k < 60; k++) source.ask("typical", seeded(k), {}, (f) => seen.push(f.question.seed), nothing);
  assert.equal(lines[0]!.sent.length, 1);
  lines[0]!.answer(lines[0]!.sent[0]!.id);
  assert.equal(lines[0]!.sent.length, 2);
  lines[0]!.answer(lines[0]!.sent[1]!.id);
  assert.deepEqual(seen, [0, 59]);
  assert.equal(lines[0]!.sent.length, 2);
  assert.deepEqual(source.status.value.waiting, []);
});

test("kinds do not wait for one another, and an answer nobody waits for is dropped", () => {
  const { source, lines } = connected();
  lines[0]!.open();
  let count = 0;
  source.ask("typical", QUESTION, {}, () => count++, nothing);
  source.ask("ribbon", QUESTION, {}, () => count++, nothing);
  assert.deepEqual(lines[0]!.sent.map((each) => each.want), ["typical", "ribbon"]);
  lines[0]!.answer(999);
  assert.equal(count, 0);
});

test("a problem reaches who asked, and one without a number is known by its kind", () => {
  const { source, lines } = connected();
  lines[0]!.open();
  const told: string[] = [];
  source.ask("typical", QUESTION, {}, nothing, (problem) => told.push(problem.problems[0]!));
  lines[0]!.onmessage?.({ data: JSON.stringify({ id: null, want: "typical", problems: ["bad"] }) } as never);
  assert.deepEqual(told, ["bad"]);
});

test("a lost connection is opened again, and what waited is asked again", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { source, lines } = connected();
  source.ask("typical", seeded(1), {}, nothing, nothing);
  lines[0]!.open();
  lines[0]!.close();
  assert.equal(source.status.value.connection, "reconnecting");
  source.ask("typical", seeded(2), {}, nothing, nothing);
  mock.timers.tick(500);
  assert.equal(lines.length, 2);
  lines[1]!.close();
  mock.timers.tick(999);
  assert.equal(lines.length, 2);
  mock.timers.tick(1);
  lines[2]!.open();
  assert.equal(source.status.value.connection, "open");
  assert.deepEqual(lines[2]!.sent.map((each) => each.question.seed), [2]);
  mock.timers.reset();
});
