/** Amounts and times as study files write them: a number and, always, a unit. */

const HOURS: Record<string, number> = {};
for (const [names, hours] of [
  ["s sec second seconds", 1 / 3600],
  ["min minute minutes", 1 / 60],
  ["h hr hour hours", 1],
  ["d day days", 24],
  ["wk week weeks", 168],
  ["month months", 30.4375 * 24],
  ["year years", 365.25 * 24],
] as [string, number][]) {
  for (const name of names.split(" ")) HOURS[name] = hours;
}

const NUMBER = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$/;

export interface Quantity {
  value: number;
  unit: string;
}

/** A number and its unit; null where there is no number. */
export function quantity(text: string | undefined): Quantity | null {
  const found = NUMBER.exec(text ?? "");
  return found ? { value: Number(found[1]), unit: found[2]!.replace(/\s+/g, "") } : null;
}

/** A length of time in hours; null where the text is none. */
export function hours(text: string | undefined): number | null {
  const read = quantity(text);
  const factor = read ? HOURS[read.unit] : undefined;
  return read && factor !== undefined ? read.value * factor : null;
}

/** The shortest way to write a time to the minute: "40 min", "36 h", "7 d". */
export function timeText(time_h: number): string {
  const minutes = Math.round(time_h * 60);
  if (minutes === 0) return "0 h";
  if (minutes % 1440 === 0) return `${minutes / 1440} d`;
  if (minutes % 60 === 0) return `${minutes / 60} h`;
  return `${minutes} min`;
}

/** "0.5 mg/kg" from a number and a unit, without digits that rounding made up. */
export function amountText(value: number, unit: string): string {
  return `${Number(value.toPrecision(6))} ${unit}`;
}

/** What a dose in `unit` is in mg for a person of `weight_kg`; null for other units. */
export function milligrams(read: Quantity, weight_kg: number): number | null {
  const [mass, per] = read.unit.split("/");
  const factor = { g: 1e3, mg: 1, ug: 1e-3, mcg: 1e-3, ng: 1e-6 }[mass ?? ""];
  if (factor === undefined || (per !== undefined && per !== "kg")) return null;
  return read.value * factor * (per ? weight_kg : 1);
}
