/** What leaves the page as a file, and what comes in as one. */

import type { Explorer } from "./explorer";
import { checkedQuestion } from "./link";
import type { Frame } from "./types";

export type Kind = "svg" | "png" | "csv" | "toml";

/** Ask the server for a file of what is shown, and hand it to the browser to keep. */
export async function exportFile(explorer: Explorer, kind: Kind): Promise<void> {
  explorer.notice.set(`Writing the ${kind.toUpperCase()} file …`);
  const body = { question: explorer.question.value, kind, name: kind === "csv" ? undefined : "overview" };
  const answer = await posted("export", JSON.stringify(body), "application/json", explorer);
  if (!answer) return;
  const named = /filename="?([^";]+)"?/.exec(answer.headers.get("Content-Disposition") ?? "");
  keep(await answer.blob(), named?.[1] ?? `ketasim.${kind}`);
  explorer.notice.set(`Saved ${named?.[1] ?? `ketasim.${kind}`}.`);
}

/** Put the question of a study file on the screen. */
export async function openStudy(explorer: Explorer, file: File): Promise<void> {
  if (file.size > 256_000) {
    explorer.notice.set(`${file.name}: ${Math.round(file.size / 1000)} kB is too large for a study; the most is 256 kB.`);
    return;
  }
  const answer = await posted("study", await file.text(), "application/toml", explorer);
  if (!answer) return;
  const read = (await answer.json()) as { question: unknown; notes?: string[] };
  explorer.replace(checkedQuestion(read.question, explorer.catalogue));
  const notes = read.notes?.length ? ` Left out: ${read.notes.join("; ")}.` : "";
  explorer.notice.set(`${file.name} is shown.${notes}`);
}

/** Keep the numbers on the screen as a CSV file, without a server. */
export function saveShown(explorer: Explorer): void {
  const population = explorer.question.value.people === "population";
  const frame = (population && explorer.ribbon.value) || explorer.typical.value;
  if (!frame) return;
  keep(new Blob([frameCsv(frame)], { type: "text/csv" }), "ketasim.csv");
  explorer.notice.set("Saved ketasim.csv: one line for each time, one column for each curve.");
}

/** A frame as CSV: times in hours, then a column for each curve, named arm.output.statistic. */
export function frameCsv(frame: Frame): string {
  const names = frame.series.map(({ arm, output, stat }) => [arm, output, stat].join("."));
  const lines = [["time_h", ...names].map(quoted).join(",")];
  frame.times_h.forEach((time_h, k) => {
    const values = [time_h, ...frame.columns.map((column) => column[k]!)];
    lines.push(values.map((value) => (Number.isNaN(value) ? "" : Number(value.toPrecision(6)))).join(","));
  });
  return `${lines.join("\r\n")}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export async function copyLink(explorer: Explorer): Promise<void> {
  const link = explorer.link();
  try {
    await navigator.clipboard.writeText(link);
    explorer.notice.set("Link copied. It opens while this explorer runs; what follows # is the question.");
  } catch {
    explorer.notice.set("The browser does not let the link be copied; it stands in the address bar.");
  }
}

async function posted(where: string, body: string, type: string, explorer: Explorer): Promise<Response | null> {
  try {
    const answer = await fetch(where, { method: "POST", body, headers: { "Content-Type": type } });
    if (answer.ok) return answer;
    const told = (await answer.json().catch(() => null)) as { problems?: string[] } | null;
    explorer.notice.set(told?.problems?.join(" · ") ?? `The server answered ${answer.status}.`);
  } catch {
    explorer.notice.set("The server does not answer. Is `ketasim explore` still running?");
  }
  return null;
}

function keep(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
