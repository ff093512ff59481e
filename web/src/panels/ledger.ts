/** The claim ledger, misses first. */

import type { LedgerEntry } from "../types";

/** What the server says of a claim beside what types.ts asks for. */
export interface Claim extends LedgerEntry {
  system?: string;
  by?: string;
  leans?: string;
  model_why?: string;
}

export type Agreement = "disagree" | "differ" | "agree";

const OPPOSITE: Record<string, string> = { supported: "contradicted", contradicted: "supported" };

/** How the model's verdict stands to that of the evidence. */
export function agreement(claim: Claim): Agreement {
  if (claim.evidence === claim.model) return "agree";
  return OPPOSITE[claim.evidence] === claim.model ? "disagree" : "differ";
}

export const GROUPS: [Agreement, string][] = [
  ["disagree", "The model says the opposite of the evidence"],
  ["differ", "The model says something else than the evidence"],
  ["agree", "The model says the same as the evidence"],
];

export function grouped(claims: Claim[], text: string): [Agreement, string, Claim[]][] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const kept = claims.filter((claim) => {
    const all = `${claim.claim} ${claim.why} ${claim.by ?? ""} ${claim.sources.join(" ")}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  return GROUPS.map(([key, title]) => [key, title, kept.filter((claim) => agreement(claim) === key)]);
}
