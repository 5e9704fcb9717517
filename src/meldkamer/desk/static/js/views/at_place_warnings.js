// What is known of a place for months: address warnings that hold there and are for whoever looks, with who says so, on what basis,
// until when and who confirmed it. Read when a place is in hand, and again when anybody says something of one.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Problem } from "../api.js";
import { Sign } from "../icons.js";
import { now, pack, readTogether, warned } from "../stores.js";
import { dayOf, placeOf } from "../warning_language.js";
import { still } from "../warnings.js";
import { language, sayProblem, t } from "../words.js";

/** What a code is called in the language of the screen. @param {"warning_natures" | "legal_bases"} list @param {string | null} id */
export function called(list, id) {
  const one = (pack.value?.[list] ?? []).find((/** @type {any} */ o) => o.id === id);
  return one ? (language.value === "en" ? one.name_en : one.name) : (id ?? "");
}

/** @param {{spot: {x: number, y: number}}} props RD metres */
export function WarningsHere({ spot }) {
  const place = `x=${spot.x.toFixed(1)}&y=${spot.y.toFixed(1)}`;
  // What was read stays while it cannot be read again, and says so; of another place it says nothing.
  const [found, setFound] = useState(/** @type {{place: string, all: any[]}} */ ({ place: "", all: [] }));
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let wanted = true;
    readTogether(`/api/warnings/here?${place}`, String(warned.value)).then((all) => {
      if (!wanted) return;
      setFound({ place, all });
      setProblem("");
    }, (e) => wanted && setProblem(e instanceof Problem ? sayProblem(e.body) : t("link.none")));
    return () => { wanted = false; };
  }, [place, warned.value, still.value]);
  const holds = found.place === place ? found.all.filter((d) => d.warning.until > now.value) : [];
  if (!holds.length && !problem) return null;
  return html`<div class="at-place warnings" id="warnings-here" role="status">
    ${problem && html`<div><span class="chip warn"><${Sign} name="warn" /> ${t("warning.not_read")}</span> <span class="second">${problem}</span></div>`}
    ${holds.map((d) => html`<${KnownWarning} key=${d.warning.ref} detail=${d} />`)}
  </div>`;
}

/** One warning with its words. @param {{detail: any}} props */
export function KnownWarning({ detail: d }) {
  const w = d.warning;
  const lines = [placeOf(w), d.metres ? t("warning.away", { metres: d.metres }) : "", d.source, called("legal_bases", d.basis), t("warning.until", { date: dayOf(w.until, language.value) }), w.confirmed && t("warning.confirmed_by", { by: w.confirmed.by, room: w.confirmed.room })];
  return html`<div data-warning=${w.ref}><span class="chip warn"><${Sign} name="warn" /> ${called("warning_natures", d.nature) || t("warning.one")}</span> <strong>${d.text ?? t("note.closed")}</strong> <span class="second">${lines.filter(Boolean).join(" · ")}</span></div>`;
}
