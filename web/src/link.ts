/** The question in the fragment of the address. */

import { hours } from "./quantities";
import type { Arm, Catalogue, Question, Step } from "./types";

/** `#q=...` for a question; plain letters only, so that mail and chat leave it alone. */
export function questionFragment(question: Question): string {
  const bytes = new TextEncoder().encode(JSON.stringify(question));
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return `#q=${btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")}`;
}

/** The question a fragment holds, null where it holds none.
 *
 * Throws an Error with one line when it was cut short or is no question. */
export function fragmentQuestion(fragment: string, catalogue: Catalogue): Question | null {
  const found = /(?:^#?|&)q=([^&]*)/.exec(fragment);
  if (!found) return null;
  let read: unknown;
  try {
    const letters = atob(found[1]!.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    read = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Error("it was cut short or changed on its way");
  }
  return checkedQuestion(read, catalogue);
}

/** Anything as a question, with what is missing filled in from the default.
 *
 * Only the shape is checked here; the server says in words what cannot be simulated. */
export function checkedQuestion(read: unknown, catalogue: Catalogue): Question {
  if (!isTable(read)) throw new Error("it holds no question");
  if (read.v !== 1) throw new Error(`its version is ${JSON.stringify(read.v)}, this page reads 1`);
  const first = catalogue.default;
  const most = catalogue.limits;
  const question: Question = {
    v: 1,
    people: oneOf(read.people ?? first.people, ["typical", "population"], "people"),
    n: number(read.n ?? first.n, "n", 1, most.n_max, true),
    population: text(read.population ?? first.population, "population"),
    seed: number(read.seed ?? first.seed, "seed", 0, 2 ** 53, true),
    until_d: number(read.until_d ?? first.until_d, "until_d", 0.01, most.until_max_d),
    arms: arms(read.arms ?? first.arms, most.arms_max),
    control: read.control == null ? null : text(read.control, "control"),
    off: texts(read.off ?? [], "off"),
    scale: numbers(read.scale ?? {}, "scale"),
    block: numbers(read.block ?? {}, "block"),
    values: numbers(read.values ?? {}, "values"),
    overrides: numbers(read.overrides ?? {}, "overrides"),
  };
  if (read.title != null) question.title = text(read.title, "title");
  return withControl(question);
}

/** A question of several arms names one of them as control. */
export function withControl(question: Question): Question {
  const names = question.arms.map((arm) => arm.name);
  const known = question.control !== null && names.includes(question.control);
  const control = names.length < 2 ? null : known ? question.control : names[names.length - 1]!;
  return control === question.control ? question : { ...question, control };
}

/** Name of the first arm that is not the control. */
export function mainArm(question: Question): string {
  const arm = question.arms.find((each) => each.name !== question.control) ?? question.arms[0];
  return arm?.name ?? "";
}

type Table = Record<string, unknown>;

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > 200) throw new Error(`${what}: no short text`);
  return value;
}

function texts(value: unknown, what: string): string[] {
  if (!Array.isArray(value) || value.length > 200) throw new Error(`${what}: no list`);
  return value.map((each) => text(each, what));
}

function number(value: unknown, what: string, low: number, high: number, whole = false): number {
  const fits = typeof value === "number" && value >= low && value <= high;
  if (!fits || (whole && !Number.isInteger(value))) {
    throw new Error(`${what}: ${JSON.stringify(value)} is not between ${low} and ${high}`);
  }
  return value;
}

function numbers(value: unknown, what: string): Record<string, number> {
  if (!isTable(value)) throw new Error(`${what}: no table of numbers`);
  for (const [key, each] of Object.entries(value)) {
    if (typeof each !== "number" || !Number.isFinite(each)) throw new Error(`${what}.${key}: no number`);
  }
  return { ...(value as Record<string, number>) };
}

function oneOf<T extends string>(value: unknown, choices: T[], what: string): T {
  if (!choices.includes(value as T)) throw new Error(`${what}: ${JSON.stringify(value)} is no choice`);
  return value as T;
}

function arms(value: unknown, most: number): Arm[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > most) {
    throw new Error(`arms: between 1 and ${most} are needed`);
  }
  const names = new Set<string>();
  return value.map((arm, k) => {
    if (!isTable(arm)) throw new Error(`arms[${k + 1}]: no arm`);
    const name = text(arm.name, `arms[${k + 1}].name`);
    if (names.has(name.toLowerCase())) throw new Error(`arms: two are named ${name}`);
    names.add(name.toLowerCase());
    const steps = arm.steps ?? [];
    if (!Array.isArray(steps) || steps.length > 60) throw new Error(`arms[${k + 1}].steps: no list`);
    return { name, open_label: arm.open_label === true, steps: steps.map(step) };
  });
}

const TEXT_KEYS = ["drug", "dose", "rate", "salt", "route", "over", "formulation", "for", "start", "every"];
const NUMBER_KEYS = ["times", "per_week", "weeks"];

function step(value: unknown): Step {
  if (!isTable(value)) throw new Error("steps: no step");
  const read: Table = {};
  for (const [key, each] of Object.entries(value)) {
    if (each == null) continue;
    if (TEXT_KEYS.includes(key)) read[key] = text(each, key);
    else if (NUMBER_KEYS.includes(key)) read[key] = number(each, key, 1, 10000, true);
    else if (key === "session" && typeof each === "boolean") read[key] = each;
    else throw new Error(`steps: unknown key ${JSON.stringify(key)}`);
  }
  for (const key of ["start", "every", "over", "for"]) {
    if (read[key] !== undefined && hours(read[key] as string) === null) {
      throw new Error(`steps.${key}: ${JSON.stringify(read[key])} is no time with a unit`);
    }
  }
  return read as Step;
}
