/** Fields that keep what is being typed until it is meant, and say what is wrong with it. */

import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { hours } from "../quantities";

interface TextProps {
  label: string;
  value: string;
  /** A line that says what is wrong, or null. */
  check: (text: string) => string | null;
  onValue: (text: string) => void;
  hidden?: boolean;
  size?: number;
}

/** Text that is handed on at Enter or when the field is left, if it is right. */
export function TextField({ label, value, check, onValue, size = 7 }: TextProps) {
  const [typed, setTyped] = useState(value);
  const [wrong, setWrong] = useState<string | null>(null);
  const id = useId();
  useEffect(() => {
    setTyped(value);
    setWrong(null);
  }, [value]);
  const commit = () => {
    const text = typed.trim();
    const said = check(text);
    setWrong(said);
    if (said === null && text !== value) onValue(text);
  };
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        size={size}
        value={typed}
        aria-invalid={wrong !== null}
        aria-describedby={wrong ? id : undefined}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
      {wrong && (
        <small id={id} class="wrong" role="alert">
          {wrong}
        </small>
      )}
    </label>
  );
}

export function lengthCheck(text: string): string | null {
  const read = hours(text);
  if (read === null) return "a time needs a unit, as 40 min, 3 h or 7 d";
  return read > 0 ? null : "must be longer than 0";
}

export function timeCheck(text: string): string | null {
  return hours(text) === null ? "a time needs a unit, as 0 h or 3 d" : null;
}

interface NumberProps {
  label: string;
  value: number;
  low: number;
  high: number;
  step?: number | "any";
  whole?: boolean;
  onValue: (value: number, at: number) => void;
}

/** A number that is handed on as soon as it is within its limits. */
export function NumberField({ label, value, low, high, step = 1, whole = true, onValue }: NumberProps) {
  const [typed, setTyped] = useState(String(value));
  const id = useId();
  useEffect(() => setTyped((now) => (Number(now) === value ? now : String(value))), [value]);
  const fault = (text: string) => {
    const read = Number(text);
    const fits = text.trim() !== "" && read >= low && read <= high;
    if (fits && (!whole || Number.isInteger(read))) return null;
    return `${whole ? "whole number" : "number"} from ${low} to ${high}`;
  };
  const wrong = fault(typed);
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        min={low}
        max={high}
        step={step}
        value={typed}
        aria-invalid={wrong !== null}
        aria-describedby={wrong ? id : undefined}
        onInput={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          if (fault(text) === null && Number(text) !== value) onValue(Number(text), event.timeStamp);
        }}
      />
      {wrong && (
        <small id={id} class="wrong" role="alert">
          {wrong}
        </small>
      )}
    </label>
  );
}

interface SelectProps {
  label: string;
  value: string;
  choices: [value: string, text: string][];
  hideLabel?: boolean;
  onValue: (value: string) => void;
}

export function SelectField({ label, value, choices, hideLabel, onValue }: SelectProps): JSX.Element {
  const known = choices.some(([each]) => each === value);
  return (
    <label class="field">
      <span class={hideLabel ? "unseen" : undefined}>{label}</span>
      <select value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {!known && <option value={value}>{value}</option>}
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface SwitchProps {
  label: string;
  value: string;
  choices: [value: string, text: string][];
  onValue: (value: string) => void;
}

/** A few choices side by side. */
export function Segmented({ label, value, choices, onValue }: SwitchProps) {
  return (
    <div class="segmented" role="group" aria-label={label}>
      {choices.map(([each, text]) => (
        <button key={each} type="button" aria-pressed={each === value} onClick={() => onValue(each)}>
          {text}
        </button>
      ))}
    </div>
  );
}
