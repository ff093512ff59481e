/** Name, presets, files, look, and how the line to the server is. */

import { useRef } from "preact/hooks";
import { copyLink, exportFile, openStudy, saveShown } from "../doors";
import type { Explorer } from "../explorer";
import { useSignal } from "../hooks";
import { choice, chooseTheme, type Theme } from "../theme";
import { fixedText } from "../words";
import { Menu } from "./Menu";
import { compareWithSsri } from "./Regimens";

export function TopBar({ explorer }: { explorer: Explorer }) {
  const { catalogue, source } = explorer;
  const picker = useRef<HTMLInputElement>(null);
  const look = useSignal(choice);
  const next: Record<Theme, Theme> = { auto: "dark", dark: "light", light: "auto" };
  return (
    <header class="top">
      <h1>
        ketasim <small>explorer</small>
      </h1>
      {source.live && (
        <>
          <Menu
            label="Questions"
            name="Questions to begin with"
            choices={catalogue.presets.map((each) => ({
              key: each.name,
              title: each.title,
              line: each.line,
              run: () => explorer.replace(each.question),
            }))}
          />
          <button type="button" class="tool wide" onClick={() => compareWithSsri(explorer)}>
            Compare with an SSRI
          </button>
        </>
      )}
      <Status explorer={explorer} />
      {source.live && (
        <>
          <button type="button" class="tool" onClick={() => picker.current?.click()}>
            Open study
          </button>
          <input
            ref={picker}
            class="unseen"
            type="file"
            accept=".toml"
            tabIndex={-1}
            aria-label="Study file"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (file) void openStudy(explorer, file).catch((e: Error) => explorer.notice.set(`${file.name}: ${e.message}`));
            }}
          />
          <Menu
            label="Save"
            name="Save as a file"
            right
            choices={[
              { key: "svg", title: "Figure, SVG", line: "all charts, for print", run: () => void exportFile(explorer, "svg") },
              { key: "png", title: "Figure, PNG", line: "all charts, for slides", run: () => void exportFile(explorer, "png") },
              { key: "csv", title: "Data, CSV", line: "every number of the charts", run: () => void exportFile(explorer, "csv") },
              { key: "toml", title: "Study, TOML", line: "runs again with ketasim run", run: () => void exportFile(explorer, "toml") },
            ]}
          />
          <button type="button" class="tool" onClick={() => void copyLink(explorer)}>
            Copy link
          </button>
        </>
      )}
      {!source.live && (
        <button type="button" class="tool" onClick={() => saveShown(explorer)}>
          Save data
        </button>
      )}
      <button type="button" class="tool" aria-label={`Colours: ${look}`} title={`Colours: ${look}`} onClick={() => chooseTheme(next[look])}>
        {{ auto: "◐", dark: "●", light: "○" }[look]}
      </button>
    </header>
  );
}

function Status({ explorer }: { explorer: Explorer }) {
  const status = useSignal(explorer.source.status);
  const typical = useSignal(explorer.typical);
  const ribbon = useSignal(explorer.ribbon);
  const question = useSignal(explorer.question);
  const frame = question.people === "population" && ribbon ? ribbon : typical;
  const busy = status.waiting.some((want) => want !== "attribution");
  const words =
    status.connection === "reconnecting"
      ? "connection lost; reconnecting"
      : status.connection === "connecting"
        ? "connecting"
        : busy
          ? "simulating"
          : !explorer.source.live
            ? "answers kept in this file"
            : frame
              ? `simulated in ${fixedText(frame.ms, 0)} ms`
              : "ready";
  return (
    <p class={`status ${status.connection}${busy ? " busy" : ""}`}>
      <i aria-hidden="true" />
      <span class="number">{words}</span>
    </p>
  );
}
