import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedQuestion, fragmentQuestion, mainArm, questionFragment, withControl } from "../src/link";
import { CATALOGUE, QUESTION } from "./example";

test("a question comes back from its fragment as it was", () => {
  const asked = { ...QUESTION, title: "Ünïcode → 1 %", off: ["glutamate"], overrides: { WT: 80 }, arms: QUESTION.arms.map((arm) => ({ ...arm, open_label: false })) };
  const fragment = questionFragment(asked);
  assert.match(fragment, /^#q=[A-Za-z0-9_-]+$/);
  assert.deepEqual(fragmentQuestion(fragment, CATALOGUE), asked);
  assert.equal(fragmentQuestion("", CATALOGUE), null);
});

test("a broken fragment is refused in one line", () => {
  const whole = questionFragment(QUESTION);
  for (const broken of [whole.slice(0, 60), "#q=%%%", "#q=", "#q=bnVsbA", `#q=${btoa("[1]")}`]) {
    assert.throws(() => fragmentQuestion(broken, CATALOGUE), (error: Error) => !error.message.includes("\n"));
  }
});

test("what no server should be asked is refused by name", () => {
  const faulty: [object, RegExp][] = [
    [{ v: 2 }, /version/],
    [{ v: 1, n: 1e9 }, /n: 1000000000/],
    [{ v: 1, until_d: -1 }, /until_d/],
    [{ v: 1, arms: [] }, /arms/],
    [{ v: 1, arms: [{ name: "a" }, { name: "A" }] }, /two are named/],
    [{ v: 1, arms: [{ name: "a", steps: [{ nonsense: 1 }] }] }, /nonsense/],
    [{ v: 1, arms: [{ name: "a", steps: [{ start: "soon" }] }] }, /start/],
    [{ v: 1, values: { x: "y" } }, /values.x/],
  ];
  for (const [question, words] of faulty) assert.throws(() => checkedQuestion(question, CATALOGUE), words);
});

test("several arms have a control, one arm has none", () => {
  assert.equal(withControl({ ...QUESTION, control: null }).control, "saline");
  assert.equal(withControl({ ...QUESTION, arms: [QUESTION.arms[0]!] }).control, null);
  assert.equal(mainArm(QUESTION), "ketamine");
});
