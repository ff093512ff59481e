/** A button that opens a list of choices; closes on Escape, a choice, or when focus leaves. */

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

export interface Choice {
  key: string;
  title: string;
  line?: string;
  run: () => void;
}

interface Props {
  label: ComponentChildren;
  name: string;
  choices: Choice[];
  right?: boolean;
  quiet?: boolean;
}

export function Menu({ label, name, choices, right, quiet }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      close();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !open) return;
    event.preventDefault();
    const items = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  const leave = (event: FocusEvent) => {
    const inside = (event.currentTarget as HTMLElement).contains(event.relatedTarget as Node | null);
    if (!inside) setOpen(false);
  };
  return (
    <div class="menu" onKeyDown={move} onFocusOut={leave}>
      <button
        ref={button}
        type="button"
        class={quiet ? "quiet" : "tool"}
        aria-expanded={open}
        aria-label={name}
        onClick={() => setOpen(!open)}
      >
        {label}
        <span class="caret" aria-hidden="true" />
      </button>
      {open && (
        <ul ref={list} class={right ? "choices right" : "choices"}>
          {choices.map((choice) => (
            <li key={choice.key}>
              <button
                type="button"
                onClick={() => {
                  close();
                  choice.run();
                }}
              >
                <b>{choice.title}</b>
                {choice.line && <small>{choice.line}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
