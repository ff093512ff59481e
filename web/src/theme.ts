/** Light or dark, moving or still: what the system says, unless the user said otherwise here. */

import { signal } from "./signal";

export type Theme = "auto" | "light" | "dark";

const KEPT = "ketasim-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

export const choice = signal<Theme>(remembered());
/** The theme that is on now. */
export const theme = signal<"light" | "dark">(resolved());

export function chooseTheme(next: Theme): void {
  choice.set(next);
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // A page opened from disk may have no storage; the choice then lasts as long as the page.
  }
  apply();
}

export function stillWanted(): boolean {
  return still.matches;
}

export function startTheme(): void {
  dark.addEventListener("change", apply);
  still.addEventListener("change", apply);
  apply();
}

function apply(): void {
  const root = document.documentElement;
  root.dataset.theme = resolved();
  root.classList.toggle("still", still.matches);
  theme.set(resolved());
}

function resolved(): "light" | "dark" {
  if (choice.value !== "auto") return choice.value;
  return dark.matches ? "dark" : "light";
}

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}
