import type { MechanismInfo } from "../types";
import { isOpen, type NodeEvents } from "./PathwayMap";
import { outline } from "./shapes";
import { type MapNode, SMALL } from "./state";
import { Still } from "./still";

/** Share of the effect from which a node gets a ring. */
export const RING_FROM = 0.05;

interface Props {
  node: MapNode;
  /** In steps of a hundredth, so that what cannot be seen is not drawn. */
  level: number;
  text: string;
  words: string;
  /** In the same steps. */
  share: number;
  off: boolean;
  selected: boolean;
  mechanism: MechanismInfo | undefined;
  /** Whether the tab key stops here. */
  stop: boolean;
  on: NodeEvents;
}

/** One glyph: outline, fill by deviation, label, number, ring and cross. */
export class Glyph extends Still<Props> {
  render() {
    return drawn(this.props);
  }
}

function drawn({ node, level, text, words, share, off, selected, mechanism, stop, on }: Props) {
  const open = isOpen(node);
  const size = Number.isFinite(level) ? Math.abs(level) : 0;
  const path = outline(node);
  const x = node.x + node.w / 2;
  const y = node.y + node.h / 2;
  const name = node.name ?? node.label;
  // The name begins with what the box shows, for those who speak to the page.
  const says = [
    `${node.label} ${text}: ${name}`,
    words,
    share >= RING_FROM ? `its mechanism carries ${Math.round(100 * share)} % of the effect` : "",
    off ? "switched off" : "",
  ];
  const classes = ["pathway-node", `pathway-${node.glyph.replace(/ /g, "-")}`];
  if (open) classes.push("pathway-open");
  if (off) classes.push("pathway-off");
  if (selected) classes.push("pathway-selected");
  const button = open
    ? {
        id: `pathway-${node.id}`,
        role: "button" as const,
        tabIndex: stop ? 0 : -1,
        "aria-pressed": mechanism?.switchable ? off : undefined,
        "aria-label": says.filter(Boolean).join(", "),
        onPointerEnter: (event: PointerEvent) => on.over(node, event),
        onPointerLeave: () => on.out(),
        onPointerDown: (event: PointerEvent) => on.press(node, event),
        onClick: () => on.click(node),
        onFocus: () => on.focus(node),
        onKeyDown: (event: KeyboardEvent) => on.key(node, event),
      }
    : { role: "img" as const, "aria-label": says.filter(Boolean).join(", ") };
  return (
    <g class={classes.join(" ")} {...button}>
      <title>{tip(node, words, mechanism, off)}</title>
      {selected ? <path class="pathway-chosen" d={outline(node, 8)} /> : null}
      {share >= RING_FROM ? (
        <path class="pathway-ring" d={outline(node, 4)} stroke-width={2 + 6 * Math.min(1, share)} />
      ) : null}
      <path class="pathway-base" d={path} />
      {size >= SMALL ? (
        <path class={level > 0 ? "pathway-high" : "pathway-low"} d={path} style={{ "--level": size ** 0.6 }} />
      ) : null}
      <path class="pathway-edge-of" d={path} />
      {off ? <path class="pathway-cross" d={cross(node)} /> : null}
      <text class="pathway-label" x={x} y={text ? y - 3 : y + 4}>{`${node.label} `}</text>
      {text ? <text class="pathway-number" x={x} y={y + 13}>{text}</text> : null}
    </g>
  );
}

function cross(node: MapNode): string {
  const [right, bottom] = [node.x + node.w, node.y + node.h];
  return `M${node.x} ${node.y}L${right} ${bottom}M${right} ${node.y}L${node.x} ${bottom}`;
}

function tip(node: MapNode, words: string, mechanism: MechanismInfo | undefined, off: boolean): string {
  const what = [node.name ?? node.label, words].filter(Boolean).join(": ");
  if (!mechanism?.switchable || !isOpen(node)) return what;
  return `${what}\nClick to switch ${off ? "on again" : "off"}: ${mechanism.title}`;
}
