import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { PathwayMapProps } from "../slots";
import type { MechanismInfo, Pathway } from "../types";
import { Edges } from "./Edges";
import { Glyph } from "./Glyph";
import { Legend } from "./Legend";
import "./pathway.css";
import { type MapNode, neighbour, reader, sharesAt, SMALL } from "./state";
import { Still } from "./still";

/** How long a pointer rests on a node before it counts as pointed at [ms]. */
const DWELL = 400;
/** How long flow goes on after the time was moved [ms]. */
const AFTER = 900;
const ZOOMS = [0.6, 0.8, 1, 1.25, 1.6, 2.2];

/** The map of the model: what is high, low and carrying the effect at the scrubbed time. */
export function PathwayMap(props: PathwayMapProps) {
  const { catalogue, frame, arm, timeH, off, selected, attribution } = props;
  const { pathway } = catalogue;
  const nodes = pathway.nodes as MapNode[];
  const mechanisms = useMemo(
    () => new Map(catalogue.mechanisms.map((mechanism) => [mechanism.name, mechanism])),
    [catalogue],
  );
  const read = useMemo(() => reader(catalogue, frame, arm), [catalogue, frame, arm]);
  const [zoom, setZoom] = useState<number | null>(null);
  const chosen = useChoice(nodes, mechanisms, props);
  const moving = useMoving(timeH, props.playing);
  const silent = useMemo(() => new Set(off), [off]);
  if (nodes.length === 0) return <p class="soft">No map is installed.</p>;
  const shown = new Map(nodes.map((node) => [node.id, read.at(node, timeH)]));
  const shares = sharesAt(attribution, timeH);
  const [width, height] = pathway.size;
  const view = zoom === null ? {} : { width: `${Math.round(width * zoom)}px`, minWidth: "0", maxWidth: "none" };
  return (
    <div class="pathway">
      <div class="pathway-scroll" ref={chosen.scroll} tabIndex={0} role="region" aria-label="Map, scrolls">
        <svg
          class={`pathway-map${moving ? " pathway-moving" : ""}`}
          viewBox={`0 0 ${width} ${height}`}
          style={view}
          role="group"
          aria-label="Map of the model"
          aria-describedby="pathway-keys"
        >
          <Rooms pathway={pathway} />
          <Edges pathway={pathway} shown={shown} off={silent} />
          {nodes.map((node) => {
            const { level, text, words } = shown.get(node.id)!;
            return (
              <Glyph
                key={node.id}
                node={node}
                level={Math.abs(level) < SMALL ? 0 : hundredths(level)}
                text={text}
                words={words}
                share={hundredths(shares.get(node.mechanism ?? "") ?? 0)}
                off={silent.has(node.mechanism ?? "")}
                selected={node.mechanism != null && node.mechanism === selected}
                mechanism={mechanisms.get(node.mechanism ?? "")}
                stop={node.id === chosen.stop}
                on={chosen.on}
              />
            );
          })}
        </svg>
      </div>
      <p id="pathway-keys" class="unseen">
        Arrow keys go from node to node; Enter or Space switches the mechanism off or on again.
      </p>
      <div class="pathway-foot">
        <Legend shares={shares.size > 0} />
        <Zoom zoom={zoom} onZoom={setZoom} />
      </div>
    </div>
  );
}

class Rooms extends Still<{ pathway: Pathway }> {
  render() {
    return this.props.pathway.compartments.map((room) => (
      <g key={room.id} class="pathway-room">
        <rect x={room.x} y={room.y} width={room.w} height={room.h} rx={8} />
        <text x={room.x + 8} y={room.y + 13}>{room.label}</text>
      </g>
    ));
  }
}

function hundredths(value: number): number {
  return Number.isFinite(value) ? Math.round(100 * value) / 100 : 0;
}

function Zoom({ zoom, onZoom }: { zoom: number | null; onZoom: (zoom: number | null) => void }) {
  const step = (by: number) => {
    const at = ZOOMS.findIndex((z) => z >= (zoom ?? 1));
    onZoom(ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, at + by))]!);
  };
  return (
    <div class="pathway-zoom" role="group" aria-label="Size of the map">
      <button type="button" class="quiet" aria-label="Smaller map" onClick={() => step(-1)}>−</button>
      <button type="button" class="quiet" aria-label="Larger map" onClick={() => step(1)}>+</button>
      <button type="button" class="quiet" onClick={() => onZoom(null)}>fit</button>
    </div>
  );
}

/** Whether flow moves: while time runs, and shortly after it was moved by hand. */
function useMoving(timeH: number, playing: boolean): boolean {
  const [scrubbed, setScrubbed] = useState(false);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    setScrubbed(true);
    const timer = setTimeout(() => setScrubbed(false), AFTER);
    return () => clearTimeout(timer);
  }, [timeH]);
  return playing || scrubbed;
}

/** What pointer and keys do on a node. */
export interface NodeEvents {
  over(node: MapNode, event: PointerEvent): void;
  out(): void;
  press(node: MapNode, event: PointerEvent): void;
  click(node: MapNode): void;
  focus(node: MapNode): void;
  key(node: MapNode, event: KeyboardEvent): void;
}

function useChoice(nodes: MapNode[], mechanisms: Map<string, MechanismInfo>, props: PathwayMapProps) {
  const { selected, onPoint, onSelect, onToggle } = props;
  const open = nodes.filter((node) => isOpen(node));
  const [last, setLast] = useState<string | null>(null);
  const dwell = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const scroll = useRef<HTMLDivElement>(null);
  const touched = useRef(false);
  const toggle = (node: MapNode) => {
    if (node.mechanism && mechanisms.get(node.mechanism)?.switchable) onToggle(node.mechanism);
  };
  const select = (node: MapNode) => {
    if (node.mechanism) onSelect(node.mechanism);
  };
  const point = (node: MapNode) => {
    if (node.mechanism && node.mechanism !== selected) onPoint(node.mechanism);
  };
  useEffect(() => () => clearTimeout(dwell.current), []);
  const events: NodeEvents = {
    over(node, event) {
      clearTimeout(dwell.current);
      if (event.pointerType === "mouse") dwell.current = setTimeout(() => point(node), DWELL);
    },
    out: () => clearTimeout(dwell.current),
    // A finger cannot point without pressing: its first tap selects, the next one switches.
    press(node, event) {
      clearTimeout(dwell.current);
      touched.current = event.pointerType !== "mouse" && node.mechanism !== selected;
    },
    click(node) {
      setLast(node.id);
      select(node);
      if (!touched.current) toggle(node);
      touched.current = false;
    },
    focus(node) {
      setLast(node.id);
      if (!touched.current) select(node);
    },
    key(node, event) {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (!event.repeat) toggle(node);
        return;
      }
      const next = neighbour(open, node, event.key);
      if (!next && !event.key.startsWith("Arrow")) return;
      event.preventDefault();
      const target = next && scroll.current?.querySelector<SVGGElement>(`#pathway-${next.id}`);
      target?.focus();
      target?.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
  };
  // One object for good, which always does what the newest properties say.
  const newest = useRef(events);
  newest.current = events;
  const on = useMemo<NodeEvents>(
    () => ({
      over: (node, event) => newest.current.over(node, event),
      out: () => newest.current.out(),
      press: (node, event) => newest.current.press(node, event),
      click: (node) => newest.current.click(node),
      focus: (node) => newest.current.focus(node),
      key: (node, event) => newest.current.key(node, event),
    }),
    [],
  );
  const stop = open.some((node) => node.id === last) ? last : (open[0]?.id ?? null);
  return { on, stop, scroll };
}

/** Whether a node belongs to a mechanism one can read of. */
export function isOpen(node: MapNode): boolean {
  return node.mechanism != null && node.glyph !== "delay" && node.glyph !== "perturbation";
}
