import { useEffect, useMemo, useState } from "preact/hooks";
import type { EvidencePanelProps } from "../slots";
import type { Catalogue, MechanismInfo } from "../types";
import { counts, filtered, type Filter, type Finding, sorted, TIERS, valueText, VERDICTS } from "./evidence";
import { Verdict } from "./Verdict";
import "./panels.css";

/** How many findings are listed before one asks for more. */
const FIRST = 25;
const CLOCKS: Record<string, string> = {
  kinetics: "where the drug is",
  trigger: "acts within minutes",
  early: "acts within hours",
  late: "acts over days",
  clinical: "what patients feel and raters see",
  safety: "what else the drug does",
};

/** What there is to know of the mechanism one points at, what goes against it first. */
export function EvidencePanel({ catalogue, selected, off, onToggle, onSelect }: EvidencePanelProps) {
  const mechanism = catalogue.mechanisms.find((each) => each.name === selected);
  return (
    <div class="evidence">
      <label class="field evidence-choice">
        <span>Mechanism</span>
        <select value={selected ?? ""} onChange={(event) => onSelect(event.currentTarget.value || null)}>
          <option value="">choose one, here or on the map</option>
          {catalogue.mechanisms.map((each) => (
            <option key={each.name} value={each.name}>{each.title}</option>
          ))}
        </select>
      </label>
      {mechanism ? (
        <Mechanism key={mechanism.name} {...{ catalogue, mechanism, onToggle }} isOff={off.includes(mechanism.name)} />
      ) : (
        <p class="soft">
          Point at a node of the map to read what the mechanism is, which numbers it rests on, and which
          published findings it gets right and wrong.
        </p>
      )}
    </div>
  );
}

interface Part {
  catalogue: Catalogue;
  mechanism: MechanismInfo;
}

function Mechanism({ catalogue, mechanism, isOff, onToggle }: Part & { isOff: boolean; onToggle: (name: string) => void }) {
  const findings = useMemo(() => sorted(mechanism.evidence), [mechanism]);
  return (
    <>
      <div class="evidence-head">
        <h3>{mechanism.title}</h3>
        {mechanism.switchable ? (
          <button type="button" class="chip" aria-pressed={isOff} onClick={() => onToggle(mechanism.name)}>
            {isOff ? "switched off: switch on" : "switch off"}
          </button>
        ) : null}
      </div>
      <p class="soft">
        {[mechanism.clock ? (CLOCKS[mechanism.clock] ?? mechanism.clock) : "", mechanism.systems.join(", ")]
          .filter(Boolean)
          .join(" · ")}
      </p>
      <p class="evidence-biology">{mechanism.biology}</p>
      <Findings findings={findings} />
      <Parameters mechanism={mechanism} />
      <Sources catalogue={catalogue} keys={mechanism.sources} />
    </>
  );
}

function Findings({ findings }: { findings: Finding[] }) {
  const [filter, setFilter] = useState<Filter>({ verdict: "", role: "", text: "" });
  const [all, setAll] = useState(false);
  useEffect(() => setAll(false), [filter]);
  const kept = filtered(findings, filter);
  const shown = all ? kept : kept.slice(0, FIRST);
  if (findings.length === 0) return <p class="soft">No published finding bears on it yet.</p>;
  return (
    <section aria-label="Findings">
      <h4>{findings.length} findings</h4>
      <div class="row evidence-filter">
        {counts(findings.map((each) => each.verdict), VERDICTS).map(([verdict, n]) => (
          <button
            key={verdict}
            type="button"
            class="chip"
            aria-pressed={filter.verdict === verdict}
            onClick={() => setFilter({ ...filter, verdict: filter.verdict === verdict ? "" : verdict })}
          >
            <Verdict word={verdict} /> {n}
          </button>
        ))}
        <select
          aria-label="Role of the findings"
          value={filter.role}
          onChange={(event) => setFilter({ ...filter, role: event.currentTarget.value })}
        >
          <option value="">any role</option>
          <option value="validate">held back (validate)</option>
          <option value="calibrate">chose a number (calibrate)</option>
        </select>
        <input
          type="text"
          aria-label="Words in the findings"
          placeholder="search"
          value={filter.text}
          onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
        />
      </div>
      <p class="unseen" role="status">{`${kept.length} findings shown`}</p>
      <ul class="evidence-list">
        {shown.map((finding) => (
          <li key={finding.id}>
            <Verdict word={finding.verdict} />
            <div>
              <p>{finding.finding}</p>
              {finding.contested ? <p class="soft">Contested by {finding.contested}</p> : null}
              <p class="soft">
                {[finding.role, finding.why, finding.source].filter(Boolean).join(" · ")}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {kept.length === 0 ? <p class="soft">None of them fits.</p> : null}
      {kept.length > shown.length ? (
        <button type="button" class="quiet" onClick={() => setAll(true)}>{`show all ${kept.length}`}</button>
      ) : null}
    </section>
  );
}

function Parameters({ mechanism }: { mechanism: MechanismInfo }) {
  const { parameters } = mechanism;
  if (parameters.length === 0) return null;
  const tiers = counts(parameters.map((each) => each.tier), TIERS);
  return (
    <details class="evidence-more">
      <summary>
        {parameters.length} parameters: {tiers.map(([tier, n]) => `${n} ${tier}`).join(", ")}
      </summary>
      <div class="evidence-scroll" tabIndex={0} role="region" aria-label="Parameters">
        <table>
          <thead>
            <tr><th scope="col">name</th><th scope="col">value</th><th scope="col">tier</th><th scope="col">source</th></tr>
          </thead>
          <tbody>
            {parameters.map((row) => (
              <tr key={row.symbol}>
                <th scope="row">{row.symbol}</th>
                <td class="number">{valueText(row)}</td>
                <td>{row.tier}</td>
                <td>
                  {row.source.replace(/^assumed:\s*/, "")}
                  {row.note ? <small> {row.note}</small> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Sources({ catalogue, keys }: { catalogue: Catalogue; keys: string[] }) {
  if (keys.length === 0) return null;
  return (
    <details class="evidence-more">
      <summary>{keys.length} sources</summary>
      <dl class="evidence-sources">
        {keys.map((key) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{(catalogue.sources[key] ?? "not in the bibliography").replace(/[{}]/g, "")}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
