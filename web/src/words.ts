/** Numbers and times as people read them. */

const THIN = "\u202f";

export const PREPARING = "Preparing the model (once after installation, up to a minute) …";

/** Three significant digits, no exponent where it can be helped, a true minus sign. */
export function numberText(x: number, digits = 3): string {
  if (!Number.isFinite(x)) return "–";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size < 1e-4 || size >= 1e6) return x.toExponential(1).replace("-", "−").replace("e+", "e");
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return x.toFixed(Math.min(places, 5)).replace("-", "−");
}

/** With a fixed number of places, so that columns line up. */
export function fixedText(x: number, places: number): string {
  return Number.isFinite(x) ? x.toFixed(places).replace(/^-0(\.0*)?$/, "0$1").replace("-", "−") : "–";
}

export function percentText(share: number): string {
  if (!Number.isFinite(share)) return "–";
  const percent = 100 * share;
  return `${percent > 0 && percent < 1 ? "<1" : fixedText(percent, 0)}${THIN}%`;
}

/** "40 min", "2.5 h", "26 h", "3.2 d", "6 wk". */
export function lengthText(time_h: number): string {
  const minutes = time_h * 60;
  if (minutes < 59.5) return `${trim(minutes, minutes < 10 ? 1 : 0)}${THIN}min`;
  if (time_h < 47.95) return `${trim(time_h, time_h < 9.95 ? 1 : 0)}${THIN}h`;
  const days = time_h / 24;
  if (days < 69.5) return `${trim(days, days < 9.95 ? 1 : 0)}${THIN}d`;
  return `${trim(days / 7, 0)}${THIN}wk`;
}

function trim(x: number, places: number): string {
  return String(Number(x.toFixed(places)));
}

/** A unit as an axis says it; ratios and counts say so in words. */
export function unitText(unit: string): string {
  const said: Record<string, string> = {
    "": "–", "1": "ratio", dimensionless: "ratio", points: "points", "ng/ml": "ng/mL",
    per_min: "per min", mmHg: "mmHg", share: "%", fraction: "%",
  };
  return said[unit] ?? unit;
}

export const LOG_TICKS: [number, string][] = [
  [1 / 60, "1 min"], [1 / 12, "5 min"], [0.5, "30 min"], [2, "2 h"], [8, "8 h"], [24, "1 d"],
  [72, "3 d"], [168, "1 wk"], [336, "2 wk"], [672, "4 wk"], [1344, "8 wk"], [2688, "16 wk"],
  [8736, "1 yr"],
];

/** Where the logarithmic clock begins: two minutes. */
export const FIRST_H = 1 / 30;

/** A round number not below `x`: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten. */
export function roundUp(x: number): number {
  if (!(x > 0) || !Number.isFinite(x)) return 1;
  const power = 10 ** Math.floor(Math.log10(x));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * power >= x * 0.9999);
  return Number(((step ?? 10) * power).toPrecision(6));
}

/** Places behind the point that tell numbers apart which span so much. */
export function placesFor(span: number, digits = 3): number {
  return span > 0 ? Math.min(6, Math.max(0, digits - 1 - Math.floor(Math.log10(span)))) : 0;
}

export function listText(parts: string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}
