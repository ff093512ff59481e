import { head, outline } from "./shapes";

const ARCS = [
  ["positive influence", "raises"],
  ["negative influence", "lowers"],
  ["necessary stimulation", "is needed"],
  ["unknown influence", "contested"],
] as const;
const GLYPHS = [
  ["biological activity", "activity"],
  ["phenotype", "observed"],
  ["perturbation", "given"],
  ["delay", "delay"],
] as const;

/** What the signs of the map mean. */
export function Legend({ shares }: { shares: boolean }) {
  return (
    <ul class="pathway-legend" aria-label="Signs of the map">
      <li><span class="pathway-scale" aria-hidden="true" />▼ below, ▲ above rest</li>
      <li><i class="pathway-mark-ring" aria-hidden="true" />carries the effect{shares ? "" : " (once attributed)"}</li>
      <li><i class="pathway-mark-off" aria-hidden="true" />switched off</li>
      {ARCS.map(([arc, word]) => (
        <li key={arc}>
          <svg viewBox="0 0 30 14" width="30" height="14" class="pathway-arc pathway-speed-0" aria-hidden="true">
            <path class="pathway-line" d="M1 7H20" />
            <path class="pathway-head" d={head(arc, [28, 7], [1, 0])} />
          </svg>
          {word}
        </li>
      ))}
      {GLYPHS.map(([glyph, word]) => (
        <li key={glyph}>
          <svg viewBox="0 0 30 14" width="30" height="14" class="pathway-node" aria-hidden="true">
            <path class="pathway-base pathway-edge-of" d={outline(box(glyph))} />
            {glyph === "delay" ? <text class="pathway-label" x="15" y="11">τ</text> : null}
          </svg>
          {word}
        </li>
      ))}
    </ul>
  );
}

function box(glyph: string) {
  const w = glyph === "delay" ? 12 : 26;
  return { id: "", label: "", glyph, x: 15 - w / 2, y: 1, w, h: 12 };
}
