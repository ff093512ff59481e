import type { Explorer } from "./explorer";
import { useSignal } from "./hooks";
import type { Problem } from "./types";

/** What went wrong, in words, beside the controls; the last good picture stays. */
export function Problems({ explorer }: { explorer: Explorer }) {
  const problems = useSignal(explorer.problems);
  const notice = useSignal(explorer.notice);
  const { connection } = useSignal(explorer.source.status);
  const lines = new Map<string, Problem>();
  for (const problem of Object.values(problems)) {
    for (const line of problem?.problems ?? []) if (!lines.has(line)) lines.set(line, problem!);
  }
  return (
    <div class="problems">
      <div role="alert">
        {[...lines].map(([line, problem]) => (
          <p key={line} class="problem">
            {problem.want === "attribution" && "Who carries it: "}
            {KINDS[problem.kind ?? "mistake"]} {sentence(line)}
          </p>
        ))}
        {connection === "reconnecting" && (
          <p class="problem">
            The connection to the server was lost and is being tried again. If `ketasim explore` was
            stopped, start it and open the address it prints.
          </p>
        )}
        {lines.size > 0 && <p class="soft">The last picture that could be made is shown.</p>}
      </div>
      <div role="status">
        {notice && (
          <p class="notice">
            {notice}
            <button type="button" class="quiet remove" aria-label="Dismiss" onClick={() => explorer.notice.set(null)}>
              ×
            </button>
          </p>
        )}
      </div>
    </div>
  );
}

/** A line as it is read here, where it is clear that the question is meant. */
function sentence(line: string): string {
  const said = line.replace(/^question: /, "");
  return /^the /.test(said) ? `T${said.slice(1)}` : said;
}

const KINDS = {
  mistake: "",
  numerical: "",
  internal: "A fault in the program:",
  "too long": "",
};
