import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { App } from "./App";
import "./page.css";
import { liveSource } from "./live";
import { replaySource } from "./replay";
import { startTheme } from "./theme";

const root = document.getElementById("app");
if (root) {
  startTheme();
  root.textContent = "";
  const replay = replaySource();
  if (replay === null && location.protocol === "file:") {
    root.textContent = "This file holds no results. `ketasim explore` serves the page with the model.";
  } else {
    render(<App source={replay ?? liveSource()} />, root);
  }
}
