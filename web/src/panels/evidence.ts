/** Findings and parameters of a mechanism, sorted and counted. */

import type { EvidenceInfo, ParameterInfo } from "../types";

/** What the server says of a finding beside what types.ts asks for. */
export interface Finding extends EvidenceInfo {
  why?: string;
  contested?: string;
}

/** Those that go against the model come first. */
export const VERDICTS = ["contradicted", "not resolved", "out of scope", "reproduced"];
export const TIERS = ["measured", "derived", "calibrated", "assumed"];
const BEARS = ["measures it", "disturbs it", "same system"];

export interface Filter {
  verdict: string;
  role: string;
  text: string;
}

export function sorted(findings: Finding[]): Finding[] {
  const rank = (order: string[], word: string | undefined) => {
    const place = order.indexOf(word ?? "");
    return place < 0 ? order.length : place;
  };
  return [...findings].sort(
    (a, b) =>
      rank(VERDICTS, a.verdict) - rank(VERDICTS, b.verdict) ||
      rank(BEARS, a.why) - rank(BEARS, b.why) ||
      a.finding.localeCompare(b.finding),
  );
}

export function filtered(findings: Finding[], { verdict, role, text }: Filter): Finding[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter((finding) => {
    if (verdict && finding.verdict !== verdict) return false;
    if (role && finding.role !== role) return false;
    const all = `${finding.finding} ${finding.study} ${finding.source} ${finding.id}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

export function counts(words: string[], order: string[]): [string, number][] {
  const found = new Map<string, number>();
  for (const word of words) found.set(word, (found.get(word) ?? 0) + 1);
  const known = order.filter((word) => found.has(word));
  const others = [...found.keys()].filter((word) => !order.includes(word));
  return [...known, ...others].map((word) => [word, found.get(word)!]);
}

/** Values with three or four digits, as a table shows them. */
export function valueText(parameter: ParameterInfo): string {
  const { value, unit } = parameter;
  if (value === 0) return `0 ${unit}`;
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return `${text.replace("-", "−")} ${unit}`;
}
