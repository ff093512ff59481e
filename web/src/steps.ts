/** Steps of a regimen: when their doses fall, and what dragging or removing one dose makes of them. */

import { amountText, hours, timeText } from "./quantities";
import type { Catalogue, RouteInfo, Step } from "./types";

const WEEKDAYS: Record<number, number[]> = { 1: [0], 2: [0, 3], 3: [0, 2, 4] };
/** More marks than this are not drawn for one step. */
export const MOST_MARKS = 200;

/** Hours at which the doses of a step start. */
export function starts(step: Step): number[] {
  const first = hours(step.start ?? "0 h") ?? 0;
  const interval = hours(step.every);
  if (interval && step.times) {
    const n = Math.min(step.times, MOST_MARKS);
    return Array.from({ length: n }, (_, k) => first + k * interval);
  }
  if (step.per_week && step.weeks) {
    const days = WEEKDAYS[step.per_week] ?? [0];
    const weeks = Math.min(step.weeks, Math.ceil(MOST_MARKS / days.length));
    return Array.from({ length: weeks }, (_, week) => week).flatMap((week) =>
      days.map((day) => first + week * 168 + day * 24),
    );
  }
  return [first];
}

/** Hours that one dose of a step lasts; 0 for what is given at once. */
export function lasts(step: Step): number {
  return hours(step.over) ?? hours(step.for) ?? 0;
}

export function isRepeated(step: Step): boolean {
  return Boolean((step.every && step.times) || (step.per_week && step.weeks));
}

/** The step begun at another time, with all its repeats. */
export function shifted(step: Step, start_h: number): Step {
  return { ...step, start: timeText(start_h) };
}

function once(step: Step, start_h: number): Step {
  const { every: _e, times: _t, per_week: _p, weeks: _w, ...rest } = step;
  return { ...rest, start: timeText(start_h) };
}

function series(step: Step, start_h: number, times: number): Step {
  const single = once(step, start_h);
  return times > 1 ? { ...single, every: step.every!, times } : single;
}

/** The steps that remain when dose `k` of a step is taken away. */
export function withoutDose(step: Step, k: number): Step[] {
  if (!isRepeated(step)) return [];
  const all = starts(step);
  if (step.every && step.times) {
    const before = k;
    const after = step.times - k - 1;
    const parts: Step[] = [];
    if (before > 0) parts.push(series(step, all[0]!, before));
    if (after > 0) parts.push(series(step, all[0]! + (k + 1) * hours(step.every)!, after));
    return parts;
  }
  return all.filter((_, each) => each !== k).map((start_h) => once(step, start_h));
}

/** The steps when dose `k` alone is moved to another time. */
export function withDoseMoved(step: Step, k: number, start_h: number): Step[] {
  if (!isRepeated(step)) return [shifted(step, start_h)];
  return [...withoutDose(step, k), once(step, start_h)];
}

/** The way of giving a drug that the catalogue tells of, or the first one. */
export function routeOf(catalogue: Catalogue, drug: string, route: string): RouteInfo | undefined {
  const routes = catalogue.drugs.find((each) => each.name === drug)?.routes ?? [];
  return routes.find((each) => each.route === route) ?? routes[0];
}

/** A step of a drug by a route with its usual dose, at the time of `before`. */
export function usualStep(catalogue: Catalogue, drug: string, route: string, before?: Step): Step {
  const info = routeOf(catalogue, drug, route);
  const step: Step = { drug, route: info?.route ?? route };
  const needs = new Set(info?.needs ?? []);
  if (needs.has("dose") && info?.typical_dose != null) {
    step.dose = amountText(info.typical_dose, info.unit ?? "mg");
  }
  if (needs.has("over")) step.over = before?.over ?? "40 min";
  if (needs.has("for")) step.for = before?.for ?? "14 d";
  for (const key of ["start", "every", "times", "per_week", "weeks"] as const) {
    if (before?.[key] !== undefined) (step as Record<string, unknown>)[key] = before[key];
  }
  return step;
}

/** One line that says what a step gives. */
export function stepLine(step: Step): string {
  const parts = [step.rate ?? step.dose, step.drug ?? "ketamine", wayWords(step)];
  if (step.every && step.times) parts.push(`every ${step.every}, ${step.times} times`);
  if (step.per_week && step.weeks) parts.push(`${step.per_week} a week for ${step.weeks} weeks`);
  const start = hours(step.start ?? "0 h") ?? 0;
  if (start !== 0) parts.push(`from ${timeText(start)}`);
  return parts.filter(Boolean).join(" ");
}

function wayWords(step: Step): string {
  const route = step.route ?? "infusion";
  if (route === "infusion") return step.over ? `over ${step.over}` : "infusion";
  if (route === "daily") return `daily for ${step.for ?? "?"}`;
  return route + (step.over ? ` over ${step.over}` : "");
}
