import { Swatch } from "./controls/Regimens";
import type { Explorer } from "./explorer";
import { carrierWords, failureWords, headlines } from "./headline";
import { useLate, useSignal } from "./hooks";
import { useEffect, useState } from "preact/hooks";
import { armLooks, shownFrames, whoText } from "./panels";
import { PREPARING } from "./words";

/** What the numbers say, one line for each arm, read out when it has come to rest. */
export function Headline({ explorer }: { explorer: Explorer }) {
  const question = useSignal(explorer.question);
  const typical = useSignal(explorer.typical);
  const ribbon = useSignal(explorer.ribbon);
  const attribution = useSignal(explorer.attribution);
  const status = useSignal(explorer.source.status);
  const { main } = shownFrames({ question, typical, ribbon });
  const looks = armLooks(question);
  const slow = useLate(main === null && status.connection === "open" && status.waiting.includes("typical"));
  const lines = main ? headlines(main, explorer.catalogue) : [];
  const carried = attribution?.question === question ? carrierWords(attribution, explorer.catalogue) : null;
  const title = (name: string) => explorer.catalogue.mechanisms.find((each) => each.name === name)?.title ?? name;
  const lost = main ? failureWords(main) : null;
  const words = lines.map(({ arm, text }) => `${arm}: ${text}`).join(" ");
  const [spoken, speak] = useState("");
  useEffect(() => {
    const later = setTimeout(() => speak(words), 1200);
    return () => clearTimeout(later);
  }, [words]);
  return (
    <section class="headline" aria-label="Answer">
      <p class="unseen" aria-live="polite">
        {spoken}
      </p>
      <div>
        {main === null && <p>{slow ? PREPARING : "Simulating …"}</p>}
        {lines.map(({ arm, text }) => {
          const look = looks.find((each) => each.name === arm);
          return (
            <p key={arm}>
              {look && <Swatch look={look} />}
              <span>
                <b>{arm}</b> {text}
              </span>
            </p>
          );
        })}
      </div>
      <p class="who">
        {main && `${capital(whoText(main))}${main.want === "ribbon" ? "; line: mean; bands: 50 % and 90 % of people" : ""}. `}
        {carried && `${carried}. `}
        {lost}
        {main?.question.off.length ? `Switched off: ${main.question.off.map(title).join("; ")}. ` : ""}
      </p>
    </section>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
