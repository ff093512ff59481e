import assert from "node:assert/strict";
import { test } from "node:test";
import { carrierWords, failureWords, headlines } from "../src/headline";
import { CATALOGUE, frame } from "./example";

const TIMES = [0, 1, 12, 24, 168, 336];

test("the headline says what the numbers say", () => {
  const said = headlines(
    frame(
      {
        "ketamine MADRS value": [33, 32, 20, 17, 20, 24],
        "ketamine Cket value": [0, 200, 3, 1, 0, 0],
        "saline MADRS value": [33, 33, 33, 32.9, 32.9, 32.9],
        "saline Cket value": [0, 0, 0, 0, 0, 0],
      },
      TIMES,
    ),
    CATALOGUE,
  ).map((each) => `${each.arm} ${each.text}`.replace(/\u202f/g, " "));
  assert.equal(
    said[0],
    "ketamine MADRS falls 16 points by 24 h, from 33; 56 % of that is left on day 14; ketamine in plasma is below 1 % of its peak from 18 h on.",
  );
  assert.match(said[1]!, /^saline MADRS hardly moves by 24 h or by day 14/);
});

test("a population is told as its mean, with its responders", () => {
  const columns = { "ketamine MADRS mean": [33, 32, 20, 17, 20, 24], "ketamine MADRS response": [0, 0, 0.3, 0.46, 0.4, 0.3] };
  const [said] = headlines(frame(columns, TIMES, { want: "ribbon" }), CATALOGUE);
  assert.match(said!.text.replace(/\u202f/g, " "), /^mean MADRS falls 16 points.*46 % respond at 24 h/);
});

test("a worsening is not told as a fall", () => {
  const [said] = headlines(frame({ "ketamine MADRS value": [20, 21, 25, 26, 27, 30] }, TIMES), CATALOGUE);
  assert.match(said!.text, /rises 6\.0 points/);
});

test("carriers are told in points, and only where there is an effect", () => {
  const shares = (total: number) =>
    frame({ "ketamine MADRS share:nmda": [0, total / 2], "ketamine MADRS total": [0, total] }, [1, 24], { want: "attribution" });
  assert.match(carrierWords(shares(10), CATALOGUE)!, /At 24.h, of 10 points .*nmda \(5\.0\)/);
  assert.equal(carrierWords(shares(0.1), CATALOGUE), null);
});

test("people who could not be simulated are told", () => {
  assert.match(failureWords(frame({}, [0], { failed: { ketamine: 2, saline: 0 } }))!, /2 in ketamine/);
  assert.equal(failureWords(frame({}, [0], { failed: { ketamine: 0 } })), null);
});
