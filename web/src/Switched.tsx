import type { Explorer } from "./explorer";
import { useSignal } from "./hooks";
import { numberText, percentText } from "./words";

interface Chip {
  key: string;
  text: string;
  remove: () => void;
}

/** Mechanisms and numbers that are not as usual, each with a button that puts it back. */
export function Switched({ explorer }: { explorer: Explorer }) {
  const question = useSignal(explorer.question);
  const title = (name: string) => explorer.catalogue.mechanisms.find((each) => each.name === name)?.title ?? name;
  const without = (key: "scale" | "block" | "values", name: string) => {
    const { [name]: _, ...rest } = question[key];
    explorer.change({ [key]: rest });
  };
  const chips: Chip[] = [
    ...question.off.map((name) => ({ key: `off ${name}`, text: `${title(name)} off`, remove: () => explorer.toggle(name) })),
    ...Object.entries(question.scale).map(([name, by]) => ({
      key: `scale ${name}`, text: `${title(name)} × ${numberText(by, 3)}`, remove: () => without("scale", name),
    })),
    ...Object.entries(question.block).map(([name, share]) => ({
      key: `block ${name}`, text: `${title(name)} blocked ${percentText(share)}`, remove: () => without("block", name),
    })),
    ...Object.entries(question.values).map(([name, value]) => ({
      key: `value ${name}`, text: `${name} = ${numberText(value, 3)}`, remove: () => without("values", name),
    })),
  ];
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="Changed in the model">
      {chips.map((chip) => (
        <li key={chip.key}>
          <button type="button" class="chip" aria-label={`${chip.text}; put back`} onClick={chip.remove}>
            {chip.text} <span aria-hidden="true">×</span>
          </button>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <button type="button" class="quiet" onClick={() => explorer.change({ off: [], scale: {}, block: {}, values: {} })}>
            put all back
          </button>
        </li>
      )}
    </ul>
  );
}
