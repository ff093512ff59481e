/** What can be asked of a page that holds its answers: dose, who, and one mechanism at rest. */

import type { Explorer } from "../explorer";
import { useSignal } from "../hooks";
import type { ReplaySource } from "../replay";
import { numberText } from "../words";
import { Segmented } from "./fields";

export function Replay({ explorer, source }: { explorer: Explorer; source: ReplaySource }) {
  const question = useSignal(explorer.question);
  const { factors, data } = source;
  const at = factors.indexOf(source.factorOf(question) ?? 1);
  const main = question.arms.find((arm) => arm.name === data.main);
  const given = [...new Set((main?.steps ?? []).map((step) => [step.dose ?? step.rate, step.drug].filter(Boolean).join(" ")))];
  const title = data.catalogue.default.title;
  return (
    <section class="block replay" aria-labelledby="replay-title">
      <h2 id="replay-title">{title ?? "Answers kept in this page"}</h2>
      <p class="soft">
        Computed beforehand and kept in this file. Change the dose or who is looked at, and click a mechanism on
        the map to put it to rest, one at a time. <code>ketasim explore</code> answers any other question.
      </p>
      {factors.length > 1 && (
        <label class="field wide">
          <span>
            dose of {data.main}: <b class="number">{numberText(factors[at] ?? 1, 2)} ×</b>
          </span>
          <input
            type="range"
            min={0}
            max={factors.length - 1}
            step={1}
            value={at}
            aria-valuetext={given.join(", ")}
            onInput={(event) => {
              const started = performance.now();
              explorer.change(source.atFactor(factors[Number(event.currentTarget.value)]!), started);
            }}
          />
        </label>
      )}
      <ul class="plain">
        {given.map((line) => (
          <li key={line} class="number">
            {line}
          </li>
        ))}
      </ul>
      <Segmented
        label="Who is shown"
        value={question.people}
        choices={[["typical", "One typical person"], ["population", `${question.n} people`]]}
        onValue={(people) => explorer.change({ people: people as "typical" | "population" })}
      />
    </section>
  );
}
