/** What leaves the page as a file, and what comes in as one. */

import type { Explorer } from "./explorer";
import { checkedQuestion } from "./link";

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
  const read = (await answer.json()) as { question: unknown; notes?: string[]; problems?: string[] };
  if (read.problems) {
    explorer.notice.set(`${file.name}: ${read.problems.join(" · ")}`);
    return;
  }
  explorer.replace(checkedQuestion(read.question, explorer.catalogue));
  const notes = read.notes?.length ? ` Left out: ${read.notes.join("; ")}.` : "";
  explorer.notice.set(`${file.name} is shown.${notes}`);
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
