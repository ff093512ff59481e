import { useMemo } from "preact/hooks";
import type { Pathway } from "../types";
import { type ArcPaths, arcPaths } from "./shapes";
import { SMALL, type Shown, sources } from "./state";
import { Still } from "./still";

/** All arcs: a seam under each so that crossings read as bridges, and flow where a source is away. */
export function Edges({ pathway, shown, off }: { pathway: Pathway; shown: Map<string, Shown>; off: Set<string> }) {
  const paths = useMemo(() => pathway.edges.map(arcPaths), [pathway]);
  const from = useMemo(() => sources(pathway), [pathway]);
  const owner = useMemo(() => new Map(pathway.nodes.map((node) => [node.id, node.mechanism ?? ""])), [pathway]);
  return (
    <g aria-hidden="true">
      {pathway.edges.map((edge, k) => {
        const source = from.get(edge.from) ?? edge.from;
        const level = Math.abs(shown.get(source)?.level || 0);
        const silent = off.has(owner.get(source)!) || off.has(owner.get(edge.to)!);
        // Four speeds, so that a running animation is not begun anew at every step of the time.
        const speed = silent || level < SMALL ? 0 : Math.min(4, 1 + Math.floor(4 * level ** 0.6));
        return <Arc key={k} paths={paths[k]!} arc={edge.arc} speed={speed} silent={silent} />;
      })}
    </g>
  );
}

interface ArcProps {
  paths: ArcPaths;
  arc: string;
  speed: number;
  silent: boolean;
}

class Arc extends Still<ArcProps> {
  render() {
    const { paths, arc, speed, silent } = this.props;
    const kind = arc === "negative influence" ? " pathway-lowers" : "";
    return (
      <g class={`pathway-arc pathway-speed-${speed}${silent ? " pathway-silent" : ""}${kind}`}>
        <path class="pathway-seam" d={paths.line} />
        <path class="pathway-line" d={paths.line} />
        {speed > 0 ? <path class="pathway-flow" d={paths.line} /> : null}
        {paths.head ? <path class="pathway-head" d={paths.head} /> : null}
      </g>
    );
  }
}
