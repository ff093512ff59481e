import { useMemo, useState } from "preact/hooks";
import type { LedgerPanelProps } from "../slots";
import { type Claim, grouped } from "./ledger";
import { Verdict } from "./Verdict";
import "./panels.css";

/** What articles claim, beside what evidence and model say of it, misses first. */
export function LedgerPanel({ catalogue }: LedgerPanelProps) {
  const [text, setText] = useState("");
  const groups = useMemo(() => grouped(catalogue.ledger, text), [catalogue, text]);
  const found = groups.reduce((sum, [, , claims]) => sum + claims.length, 0);
  if (catalogue.ledger.length === 0) return <p class="soft">The ledger is empty.</p>;
  return (
    <div class="ledger">
      <div class="row">
        <input
          type="text"
          aria-label="Words in the claims"
          placeholder="search claims"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <small role="status">{`${found} of ${catalogue.ledger.length} claims`}</small>
      </div>
      {groups.map(([key, title, claims]) =>
        claims.length === 0 ? null : (
          <section key={key} aria-label={title}>
            <h3>{`${title} (${claims.length})`}</h3>
            <ul>{claims.map((claim) => <Entry key={claim.id} claim={claim} />)}</ul>
          </section>
        ),
      )}
    </div>
  );
}

function Entry({ claim }: { claim: Claim }) {
  return (
    <li>
      <details>
        <summary>
          <span class="ledger-claim">{claim.claim}</span>
          <span class="ledger-verdicts">
            <span><small>evidence</small> <Verdict word={claim.evidence} /></span>
            <span>
              <small>model</small> <Verdict word={claim.model} />
              {claim.leans ? <small> {claim.leans}</small> : null}
            </span>
          </span>
        </summary>
        {claim.by ? <p class="soft">Said by: {claim.by}</p> : null}
        <p><b>Evidence.</b> {claim.why}</p>
        {claim.model_why ? <p><b>Model.</b> {claim.model_why}</p> : null}
        {claim.sources.length ? <p class="soft">{claim.sources.join("; ")}</p> : null}
      </details>
    </li>
  );
}
