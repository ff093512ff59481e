/** A chart as a table: its values at a few moments. */

import type { Panel } from "../panels";
import { lengthText, unitText } from "../words";
import { valueOf, valueText } from "./ChartPanel";

const MOMENTS_H = [2, 24, 72, 168, 336];

export function ValueTable({ panel, until_h }: { panel: Panel; until_h: number }) {
  const moments = MOMENTS_H.filter((h) => h < until_h);
  if (until_h > 2) moments.push(until_h);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Values of ${panel.title}`}>
      <table>
        <caption>{panel.who}</caption>
        <thead>
          <tr>
            <th scope="col">Arm</th>
            <th scope="col">Output</th>
            {moments.map((h) => (
              <th key={h} scope="col" class="number">
                {lengthText(h)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {panel.lanes.flatMap((lane) =>
            panel.arms.map((arm) => (
              <tr key={`${lane.output} ${arm.name}`}>
                <th scope="row" style={{ color: `var(--${arm.colour})` }}>
                  {arm.name}
                </th>
                <td>
                  {lane.label} <small>{unitText(lane.unit)}</small>
                </td>
                {moments.map((h) => (
                  <td key={h} class="number">
                    {valueText(lane, valueOf(lane, panel, arm.name, h)) || "–"}
                  </td>
                ))}
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
