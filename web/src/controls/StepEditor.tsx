/** One step of a regimen: drug, route, dose, duration, when and how often. */

import { amountText, quantity, timeText } from "../quantities";
import { routeOf, usualStep } from "../steps";
import type { Catalogue, Step } from "../types";
import { roundUp } from "../words";
import { lengthCheck, NumberField, SelectField, TextField, timeCheck } from "./fields";

interface Props {
  catalogue: Catalogue;
  step: Step;
  label: string;
  onStep: (step: Step, at?: number) => void;
  onRemove: () => void;
}

export function StepEditor({ catalogue, step, label, onStep, onRemove }: Props) {
  const drug = step.drug ?? "ketamine";
  const info = catalogue.drugs.find((each) => each.name === drug);
  const route = step.route ?? "infusion";
  const forms = routeOf(catalogue, drug, route)?.formulations ?? [];
  const set = (part: Partial<Step>) => onStep({ ...step, ...part });
  return (
    <fieldset class="step">
      <legend class="unseen">{label}</legend>
      <div class="row">
        <SelectField
          label="Drug"
          hideLabel
          value={drug}
          choices={catalogue.drugs.map((each) => [each.name, each.title])}
          onValue={(name) => onStep(usualStep(catalogue, name, route, step))}
        />
        <SelectField
          label="Route"
          hideLabel
          value={route}
          choices={(info?.routes ?? []).map((each) => [each.route, each.route])}
          onValue={(name) => onStep(usualStep(catalogue, drug, name, step))}
        />
        <button type="button" class="quiet remove" aria-label={`Remove ${label}`} onClick={onRemove}>
          ×
        </button>
      </div>
      <Dose catalogue={catalogue} step={step} onStep={onStep} />
      <div class="row times">
        {step.over !== undefined && (
          <TextField label="over" value={step.over} check={lengthCheck} onValue={(over) => set({ over })} />
        )}
        {step.for !== undefined && (
          <TextField label="for" value={step.for} check={lengthCheck} onValue={(text) => set({ for: text })} />
        )}
        <TextField label="at" value={step.start ?? "0 h"} check={timeCheck} onValue={(start) => set({ start })} />
        {forms.length > 1 && (
          <SelectField
            label="as"
            value={step.formulation ?? ""}
            choices={[["", "usual form"], ...forms.map((each): [string, string] => [each, each])]}
            onValue={(name) => {
              const { formulation: _, ...rest } = step;
              onStep(name ? { ...rest, formulation: name } : rest);
            }}
          />
        )}
      </div>
      {route !== "daily" && <Repeats step={step} onStep={onStep} />}
    </fieldset>
  );
}

function Dose({ catalogue, step, onStep }: Pick<Props, "catalogue" | "step" | "onStep">) {
  const key = step.rate !== undefined ? "rate" : "dose";
  const read = quantity(step[key]);
  if (!read) return null;
  const info = routeOf(catalogue, step.drug ?? "ketamine", step.route ?? "infusion");
  const same = key === "dose" && info?.unit === read.unit;
  const low = same ? (info?.lowest ?? 0) : 0;
  const high = same && info?.highest != null ? info.highest : roundUp(4 * (read.value || 1));
  const grain = grainOf(high - low);
  const set = (value: number, at: number) => onStep({ ...step, [key]: amountText(value, read.unit) }, at);
  const what = key === "dose" ? "Dose" : "Rate";
  return (
    <div class="dose">
      <input
        type="range"
        min={low}
        max={Math.max(high, read.value)}
        step={grain}
        value={read.value}
        aria-label={`${what}, ${read.unit}`}
        aria-valuetext={`${read.value} ${read.unit}`}
        onInput={(event) => set(Number(event.currentTarget.value), event.timeStamp)}
      />
      <NumberField label={what} value={read.value} low={0} high={100000} step="any" whole={false} onValue={set} />
      <span class="unit">{read.unit}</span>
    </div>
  );
}

/** A round step that cuts a range into a hundred or two. */
function grainOf(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / 100));
  return Number((power * (span / 100 / power >= 5 ? 5 : span / 100 / power >= 2 ? 2 : 1)).toPrecision(6));
}

function Repeats({ step, onStep }: Pick<Props, "step" | "onStep">) {
  const rhythm = step.every ? "every" : step.per_week ? String(step.per_week) : "once";
  const choose = (value: string) => {
    const { every: _e, times: _t, per_week: _p, weeks: _w, ...rest } = step;
    if (value === "every") onStep({ ...rest, every: "3 d", times: 2 });
    else if (value === "once") onStep(rest);
    else onStep({ ...rest, per_week: Number(value) as 1 | 2 | 3, weeks: step.weeks ?? 2 });
  };
  return (
    <div class="row times">
      <SelectField
        label="repeat"
        value={rhythm}
        choices={[["once", "once"], ["every", "every …"], ["1", "weekly"], ["2", "twice a week"], ["3", "3 × a week"]]}
        onValue={choose}
      />
      {step.every !== undefined && (
        <>
          <TextField label="every" value={step.every} check={lengthCheck} onValue={(every) => onStep({ ...step, every })} />
          <NumberField label="times" value={step.times ?? 1} low={1} high={200} onValue={(times, at) => onStep({ ...step, times }, at)} />
        </>
      )}
      {step.per_week !== undefined && (
        <NumberField label="weeks" value={step.weeks ?? 1} low={1} high={52} onValue={(weeks, at) => onStep({ ...step, weeks }, at)} />
      )}
    </div>
  );
}

/** A dose one interval, or three days, after the last one. */
export function nextStart(last_h: number, until_h: number): string {
  return timeText(Math.min(last_h + 72, Math.max(0, until_h - 24)));
}
