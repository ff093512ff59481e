/** The screen: loads the catalogue, then lays out the parts. */

import { useEffect, useState } from "preact/hooks";
import { ChartPanel } from "./charts/ChartPanel";
import { Regimens } from "./controls/Regimens";
import { Replay } from "./controls/Replay";
import { Scrubber } from "./controls/Scrubber";
import { Timeline } from "./controls/Timeline";
import { TopBar } from "./controls/TopBar";
import { Who } from "./controls/Who";
import { Explorer, type Side } from "./explorer";
import { Headline } from "./Headline";
import { useLate, useLateSignal, useSignal } from "./hooks";
import { AttributionChart } from "./panels/AttributionChart";
import { EvidencePanel } from "./panels/EvidencePanel";
import { LedgerPanel } from "./panels/LedgerPanel";
import { PathwayMap } from "./pathway/PathwayMap";
import { Problems } from "./Problems";
import { ReplaySource } from "./replay";
import { Preparing, type Source } from "./source";
import { Switched } from "./Switched";
import { theme } from "./theme";
import { TournamentPanel } from "./tournament/TournamentPanel";
import { PREPARING } from "./words";

const HERO = "MADRS";
/** Charts that stand under the first one, beside the panels. */
const BESIDE = 2;

/** Pauses between attempts to get the catalogue [ms]. */
const RETRY_MS = [300, 1000, 2000, 4000];

export function App({ source }: { source: Source }) {
  const [explorer, setExplorer] = useState<Explorer | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [turn, again] = useState(0);
  const slow = useLate(explorer === null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const load = (attempt: number) =>
      source.catalogue().then(
        (catalogue) => gone || setExplorer(new Explorer(catalogue, source)),
        (error: Error) => {
          if (gone) return;
          setFailure(error instanceof Preparing ? null : error.message);
          timer = setTimeout(() => load(attempt + 1), RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
        },
      );
    void load(0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [source, turn]);
  if (explorer) return <Screen explorer={explorer} />;
  return (
    <div class="boot" role="status">
      {failure === null ? (
        <p>{slow ? PREPARING : "Loading the model …"}</p>
      ) : (
        <>
          <p>
            The explorer cannot start: {failure}. Is `ketasim explore` still running? It is being tried again.
          </p>
          <button type="button" class="tool" onClick={() => again(turn + 1)}>
            Try again now
          </button>
        </>
      )}
    </div>
  );
}

function Screen({ explorer }: { explorer: Explorer }) {
  const { catalogue, source } = explorer;
  const look = useSignal(theme);
  const hero = catalogue.charts.find((chart) => chart.key === HERO);
  const others = catalogue.charts.filter((chart) => chart !== hero);
  return (
    <div class="screen">
      <a class="skip" href="#charts" onClick={(event) => (event.preventDefault(), document.querySelector<HTMLElement>(".chart")?.focus())}>
        Skip to the charts
      </a>
      <TopBar explorer={explorer} />
      <div class="page">
        <Headline explorer={explorer} />
        <aside class="rail" aria-label="Question">
          <Problems explorer={explorer} />
          {source instanceof ReplaySource ? (
            <Replay explorer={explorer} source={source} />
          ) : (
            <>
              <Regimens explorer={explorer} />
              <Who explorer={explorer} />
            </>
          )}
        </aside>
        <Timeline explorer={explorer} />
        <main id="charts" class="first" aria-label="Score, drug and receptors">
          {hero && <ChartPanel explorer={explorer} chart={hero} theme={look} tall />}
          {others.slice(0, BESIDE).map((chart, k) => (
            <ChartPanel key={chart.key} explorer={explorer} chart={chart} theme={look} order={k} />
          ))}
        </main>
        <SidePanels explorer={explorer} />
        <Map explorer={explorer} />
        <section class="charts" aria-label="Further charts">
          {[0, 1, 2].map((column) => (
            <div key={column} class="column">
              {others.slice(BESIDE).map(
                (chart, k) =>
                  k % 3 === column && (
                    <ChartPanel key={chart.key} explorer={explorer} chart={chart} theme={look} order={k + BESIDE} />
                  ),
              )}
            </div>
          ))}
        </section>
        <footer class="foot">
          {catalogue.notice} {catalogue.program} {catalogue.version}, model {catalogue.model_hash.slice(0, 12)}.
        </footer>
      </div>
      <Scrubber explorer={explorer} />
    </div>
  );
}

function Map({ explorer }: { explorer: Explorer }) {
  const question = useSignal(explorer.question);
  // While a hand moves, the curves go first.
  const frame = useLateSignal(explorer.typical, () => explorer.pressing);
  const timeH = useSignal(explorer.timeH);
  const playing = useSignal(explorer.playing);
  const attribution = useSignal(explorer.attribution);
  const selected = useSignal(explorer.selected);
  const chosen = useSignal(explorer.shownArm);
  const names = question.arms.map((arm) => arm.name);
  const arm = chosen && names.includes(chosen) ? chosen : explorer.mainArm;
  return (
    <section class="map" aria-labelledby="map-title">
      <div class="row">
        <h2 id="map-title">How it works</h2>
        {names.length > 1 ? (
          <div class="segmented" role="group" aria-label="Arm shown on the map">
            {names.map((name) => (
              <button key={name} type="button" aria-pressed={name === arm} onClick={() => explorer.shownArm.set(name)}>
                {name}
              </button>
            ))}
          </div>
        ) : (
          <small class="soft">click a mechanism to read of it, and to switch it off</small>
        )}
      </div>
      <Switched explorer={explorer} />
      <PathwayMap
        catalogue={explorer.catalogue}
        frame={frame}
        arm={arm}
        timeH={timeH}
        off={question.off}
        selected={selected}
        playing={playing}
        attribution={attribution?.question === question ? attribution : null}
        onToggle={(name) => explorer.toggle(name)}
        onPoint={(name) => explorer.selected.set(name)}
        onSelect={(name) => pick(explorer, name)}
      />
    </section>
  );
}

/** Read of a mechanism that was clicked or came into focus: its evidence comes to the front. */
function pick(explorer: Explorer, name: string | null): void {
  explorer.selected.set(name);
  if (name) explorer.side.set("evidence");
}

const SIDES: [Side, string][] = [
  ["attribution", "Who carries it"],
  ["evidence", "Evidence"],
  ["ledger", "Claims"],
  ["tournament", "Tournament"],
];

function SidePanels({ explorer }: { explorer: Explorer }) {
  const side = useSignal(explorer.side);
  const sides = SIDES.filter(([key]) => key !== "tournament" || explorer.catalogue.tournament);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = sides.findIndex(([key]) => key === side);
    const next = sides[(at + step + sides.length) % sides.length]![0];
    explorer.side.set(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <section class="side" aria-label="Mechanisms, evidence, claims and rival hypotheses">
      <div class="tabs" role="tablist" aria-label="Side panel" onKeyDown={move}>
        {sides.map(([key, title]) => (
          <button
            key={key}
            id={`tab-${key}`}
            type="button"
            role="tab"
            aria-selected={side === key}
            aria-controls="side-panel"
            tabIndex={side === key ? 0 : -1}
            onClick={() => explorer.side.set(key)}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="side-panel" role="tabpanel" aria-labelledby={`tab-${side}`} tabIndex={0}>
        <SidePanel explorer={explorer} side={side} />
      </div>
    </section>
  );
}

function SidePanel({ explorer, side }: { explorer: Explorer; side: Side }) {
  const { catalogue } = explorer;
  const question = useSignal(explorer.question);
  const frame = useSignal(explorer.attribution);
  const timeH = useSignal(explorer.timeH);
  const reading = useSignal(explorer.reading);
  const selected = useSignal(explorer.selected);
  const { waiting } = useSignal(explorer.source.status);
  const onSelect = (name: string | null) => pick(explorer, name);
  if (side === "ledger") return <LedgerPanel catalogue={catalogue} />;
  if (side === "tournament" && catalogue.tournament) return <TournamentPanel found={catalogue.tournament} />;
  if (side === "evidence") {
    const onToggle = (name: string) => explorer.toggle(name);
    return <EvidencePanel {...{ catalogue, selected, onToggle, onSelect }} off={question.off} />;
  }
  return (
    <AttributionChart
      {...{ catalogue, frame, timeH, reading, selected, onSelect }}
      none={explorer.source.live ? "No effect has been divided yet." : "This file divides the effect of the first question only; `ketasim explore` does so for any."}
      waiting={waiting.includes("attribution")}
      onReading={(next) => explorer.reading.set(next)}
      onTime={(time_h) => explorer.seek(time_h)}
    />
  );
}
