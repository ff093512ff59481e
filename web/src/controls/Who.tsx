/** Who is treated, and for how long they are watched. */

import type { Explorer } from "../explorer";
import { useSignal } from "../hooks";
import { NumberField, Segmented, SelectField } from "./fields";

const FIXED = [
  { symbol: "WT", label: "Weight", unit: "kg", low: 40, high: 150, usual: 74, step: 1 },
  { symbol: "age", label: "Age", unit: "years", low: 18, high: 85, usual: 45, step: 1 },
] as const;

const LENGTHS = [1, 3, 7, 14, 28, 42, 56, 84, 182, 365];

export function Who({ explorer }: { explorer: Explorer }) {
  const question = useSignal(explorer.question);
  const { limits, populations } = explorer.catalogue;
  const lengths = [...new Set([...LENGTHS.filter((d) => d <= limits.until_max_d), question.until_d])];
  const drawn = question.people === "typical" ? "as typical" : "as drawn";
  const fix = (symbol: string, value: number | null, at?: number) => {
    const { [symbol]: _, ...rest } = question.overrides;
    explorer.change({ overrides: value === null ? rest : { ...rest, [symbol]: value } }, at);
  };
  return (
    <section class="block" aria-labelledby="who-title">
      <h2 id="who-title">Who</h2>
      <Segmented
        label="Who is simulated"
        value={question.people}
        choices={[["typical", "One typical person"], ["population", "A population"]]}
        onValue={(people) => explorer.change({ people: people as "typical" | "population" })}
      />
      {question.people === "population" && (
        <div class="row times">
          <NumberField label="people" value={question.n} low={1} high={limits.n_max} onValue={(n, at) => explorer.change({ n }, at)} />
          <NumberField label="seed" value={question.seed} low={0} high={1e9} onValue={(seed, at) => explorer.change({ seed }, at)} />
        </div>
      )}
      <div class="row times">
        <SelectField
          label="population"
          value={question.population}
          choices={populations.map((each) => [each.name, each.title])}
          onValue={(population) => explorer.change({ population })}
        />
        <SelectField
          label="watched for"
          value={String(question.until_d)}
          choices={lengths.sort((a, b) => a - b).map((d) => [String(d), d % 7 === 0 && d > 14 ? `${d / 7} weeks` : `${d} d`])}
          onValue={(days) => explorer.change({ until_d: Number(days) })}
        />
      </div>
      {FIXED.map((each) => {
        const value = question.overrides[each.symbol];
        return (
          <div class="fix" key={each.symbol}>
            <label class="tick">
              <input
                type="checkbox"
                checked={value !== undefined}
                onChange={(event) => fix(each.symbol, event.currentTarget.checked ? each.usual : null)}
              />
              {each.label}
            </label>
            <input
              type="range"
              min={each.low}
              max={each.high}
              step={each.step}
              disabled={value === undefined}
              value={value ?? each.usual}
              aria-label={`${each.label} of everybody, ${each.unit}`}
              onInput={(event) => fix(each.symbol, Number(event.currentTarget.value), event.timeStamp)}
            />
            <span class="unit number">{value === undefined ? drawn : `${value} ${each.unit}`}</span>
          </div>
        );
      })}
      <div class="fix">
        <SelectField
          label="Sex"
          value={question.overrides.sex === undefined ? "" : String(question.overrides.sex)}
          choices={[["", drawn], ["1", "all female"], ["0", "all male"]]}
          onValue={(sex) => fix("sex", sex === "" ? null : Number(sex))}
        />
      </div>
    </section>
  );
}
