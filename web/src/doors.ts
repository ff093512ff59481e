/** What leaves the page as a file, and what comes in as one. */

import type { Explorer } from "./explorer";
import { checkedQuestion } from "./link";
import type { Catalogue, Frame, SeriesKey } from "./types";

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
  keep(new Blob([frameCsv(frame, explorer.catalogue.outputs)], { type: "text/csv" }), "ketasim.csv");
  explorer.notice.set("Saved ketasim.csv: one line for each time, one column for each curve.");
}

/** A frame as CSV, in the form of the server's (`explorer/export.py`): a row per time, a column per curve. */
export function frameCsv(frame: Frame, outputs: Catalogue["outputs"]): string {
  const heads = frame.series.map((key) => quoted(heading(key, outputs)));
  const lines = [["time (h)", ...heads].join(",")];
  frame.times_h.forEach((time_h, k) => {
    lines.push([time_h, ...frame.columns.map((column) => column[k]!)].map(written).join(","));
  });
  return `${lines.join("\n")}\n`;
}

function heading({ arm, output, stat }: SeriesKey, outputs: Catalogue["outputs"]): string {
  const which = stat === "value" ? "" : ` ${stat}`;
  const unit = stat === "response" || stat === "remission" ? "share" : outputs[output]!.unit;
  return `${arm} ${output}${which} (${unit})`;
}

/** Seven digits, as Python's `.7g` writes them. */
function written(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [digits, power] = value.toExponential(6).split("e") as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 7) return String(Number(value.toPrecision(7)));
  return `${Number(digits)}e${power[0]}${String(Math.abs(exponent)).padStart(2, "0")}`;
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
