const MARKS: Record<string, [string, string]> = {
  reproduced: ["✓", "good"],
  supported: ["✓", "good"],
  contradicted: ["✗", "bad"],
  "not resolved": ["?", "open"],
  open: ["?", "open"],
  contested: ["±", "open"],
  "out of scope": ["–", "none"],
};

/** A verdict in words, with a mark and a colour that say the same. */
export function Verdict({ word, label }: { word: string; label?: string }) {
  const [mark, kind] = MARKS[word] ?? ["–", "none"];
  return (
    <span class={`verdict verdict-${kind}`}>
      <span aria-hidden="true">{mark} </span>
      {label ? <span class="unseen">{label}: </span> : null}
      {word}
    </span>
  );
}
