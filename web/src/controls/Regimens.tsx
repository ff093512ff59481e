/** The arms: what each is given. */

import type { Explorer } from "../explorer";
import { useSignal } from "../hooks";
import { type ArmLook, armLooks } from "../panels";
import { lasts, starts, stepLine, usualStep } from "../steps";
import type { Arm, Step } from "../types";
import { TextField } from "./fields";
import { Menu } from "./Menu";
import { nextStart, StepEditor } from "./StepEditor";

/** More steps than this are shown as one line each, to be opened. */
const UNFOLDED = 2;

export function Regimens({ explorer }: { explorer: Explorer }) {
  const question = useSignal(explorer.question);
  const looks = armLooks(question);
  const most = explorer.catalogue.limits.arms_max;
  const setArms = (arms: Arm[], at?: number) => explorer.change({ arms }, at);
  return (
    <section class="block" aria-labelledby="regimens-title">
      <h2 id="regimens-title">What is given</h2>
      {question.arms.map((arm, k) => (
        <ArmEditor
          key={k}
          explorer={explorer}
          arm={arm}
          look={looks[k]!}
          alone={question.arms.length === 1}
          onArm={(next, at) => setArms(question.arms.map((each, j) => (j === k ? next : each)), at)}
          onRemove={() => setArms(question.arms.filter((_, j) => j !== k))}
        />
      ))}
      <div class="row">
        {question.arms.length < most && (
          <button type="button" class="quiet" onClick={() => setArms([...question.arms, newArm(question.arms)])}>
            + Arm
          </button>
        )}
        <button type="button" class="quiet narrow" onClick={() => compareWithSsri(explorer)}>
          Compare with an SSRI
        </button>
      </div>
    </section>
  );
}

interface ArmProps {
  explorer: Explorer;
  arm: Arm;
  look: ArmLook;
  alone: boolean;
  onArm: (arm: Arm, at?: number) => void;
  onRemove: () => void;
}

function ArmEditor({ explorer, arm, look, alone, onArm, onRemove }: ArmProps) {
  const { catalogue } = explorer;
  const names = explorer.question.value.arms.map((each) => each.name.toLowerCase());
  const setSteps = (steps: Step[], at?: number) => onArm({ ...arm, steps }, at);
  const rename = (name: string) => {
    const { control } = explorer.question.value;
    const arms = explorer.question.value.arms.map((each) => (each === arm ? { ...arm, name } : each));
    explorer.change({ arms, control: control === arm.name ? name : control });
  };
  return (
    <div class="arm" role="group" aria-label={`Arm ${look.letter}, ${arm.name}`}>
      <div class="row head">
        <Swatch look={look} />
        <TextField
          label={`Name of arm ${look.letter}`}
          value={arm.name}
          size={14}
          check={(name) => nameCheck(name, names.filter((each) => each !== arm.name.toLowerCase()))}
          onValue={rename}
        />
        {!alone && (
          <button type="button" class="quiet remove" aria-label={`Remove arm ${arm.name}`} onClick={onRemove}>
            ×
          </button>
        )}
      </div>
      {arm.steps.map((step, k) => {
        const editor = (
          <StepEditor
            key={k}
            catalogue={catalogue}
            step={step}
            label={`step ${k + 1} of ${arm.name}`}
            onStep={(next, at) => setSteps(arm.steps.map((each, j) => (j === k ? next : each)), at)}
            onRemove={() => setSteps(arm.steps.filter((_, j) => j !== k))}
          />
        );
        if (arm.steps.length <= UNFOLDED) return editor;
        return (
          <details key={k} class="folded">
            <summary>{stepLine(step)}</summary>
            {editor}
          </details>
        );
      })}
      {arm.steps.length === 0 && <p class="soft">Nothing is given.</p>}
      <div class="row">
        <button type="button" class="quiet" onClick={() => setSteps([...arm.steps, addedStep(explorer, arm)])}>
          + Dose
        </button>
        <Menu
          label="Named regimen"
          name={`A named regimen for ${arm.name}`}
          quiet
          choices={catalogue.regimens.map((each) => ({
            key: each.name,
            title: each.title,
            run: () => takeRegimen(explorer, arm, each.steps),
          }))}
        />
        {!alone && (
          <label class="tick end">
            <input
              type="radio"
              name="control"
              checked={look.isControl}
              onChange={() => explorer.change({ control: arm.name })}
            />
            control
          </label>
        )}
      </div>
    </div>
  );
}

/** The line of an arm, as charts draw it. */
export function Swatch({ look }: { look: ArmLook }) {
  return (
    <svg class="swatch" width="26" height="14" aria-hidden="true">
      <line x1="1" y1="7" x2="25" y2="7" stroke={`var(--${look.colour})`} stroke-width="2.2" stroke-dasharray={look.dash.join(" ")} />
    </svg>
  );
}

export function addedStep(explorer: Explorer, arm: Arm): Step {
  const last = arm.steps[arm.steps.length - 1];
  if (!last) return usualStep(explorer.catalogue, "ketamine", "infusion");
  const { every: _e, times: _t, per_week: _p, weeks: _w, ...once } = last;
  const end = Math.max(...arm.steps.flatMap((step) => starts(step)));
  return { ...once, start: nextStart(end, explorer.until_h) };
}

function newArm(arms: Arm[]): Arm {
  const taken = arms.map((arm) => arm.name.toLowerCase());
  const name = ["saline", "B", "C", "D"].find((each) => !taken.includes(each.toLowerCase()))!;
  const steps: Step[] = name === "saline" ? [{ drug: "saline", over: "40 min" }] : structuredClone(arms[0]!.steps);
  return { name, steps };
}

function nameCheck(name: string, others: string[]): string | null {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,59}$/.test(name)) return "letters, digits and _ . + - only";
  return others.includes(name.toLowerCase()) ? "another arm has this name" : null;
}

function takeRegimen(explorer: Explorer, arm: Arm, steps: Step[]): void {
  const arms = explorer.question.value.arms.map((each) =>
    each === arm ? { ...arm, steps: structuredClone(steps) } : each,
  );
  const end_h = Math.max(...steps.flatMap((step) => starts(step).map((at) => at + lasts(step))));
  const longest = explorer.catalogue.limits.until_max_d;
  const until_d = Math.min(longest, Math.max(explorer.question.value.until_d, Math.ceil(end_h / 24) + 7));
  explorer.change({ arms, until_d });
}

/** The main arm beside an SSRI taken daily, long enough for the SSRI to show. */
export function compareWithSsri(explorer: Explorer): void {
  const question = explorer.question.value;
  const main = question.arms.find((arm) => arm.name === explorer.mainArm)!;
  const until_d = Math.min(explorer.catalogue.limits.until_max_d, Math.max(42, question.until_d));
  const name = main.name === "SSRI" ? "SSRI-2" : "SSRI";
  const ssri: Arm = { name, steps: [{ drug: "SSRI", route: "daily", for: `${until_d} d` }] };
  explorer.change({ arms: [main, ssri], control: name, until_d });
}
