// Talks on the left, what is said in the one in hand, and the hand-over of the shift. Enter sends; what is typed is never lost.
import { html, signal, useEffect, useState } from "../../vendor/preact.js";
import { Problem, get } from "../api.js";
import { EVERYBODY, otherOf, own, say, see, shiftLog, unreadOf } from "../chat.js";
import { cameBack } from "../drafts.js";
import { past } from "../past.js";
import { now, rooms, session, talks } from "../stores.js";
import { age, clockTime, sayProblem, t } from "../words.js";
import { HandOverPane } from "./hand_over.js";
import { listKeys, rowId, useInView } from "./operator.js";
import { useTyped } from "./typed.js";

/** The talk in hand. */
const at = signal("");

export function Comms() {
  const ref = own.value.includes(at.value) ? at.value : own.value[0];
  return html`<${Talks} chosen=${ref} /><${Talk} key=${`${ref} ${cameBack.value}`} talk=${ref} /><${HandOverPane} />`;
}

/** @param {string} ref */
function nameOf(ref) {
  if (ref === EVERYBODY) return t("talk.everybody");
  if (ref === shiftLog()) return t("talk.log");
  const other = otherOf(ref);
  return other ? `${other} ${rooms.value.find((r) => r.room === other)?.name ?? ""}` : t("talk.inside", { room: session.value.room });
}

/** All rooms are called so; in the list the rest of the name counts. @param {string} name */
const shortName = (name) => name.replace(" Meldkamer ", " ");

/** @param {{chosen: string}} props */
function Talks({ chosen }) {
  const refs = own.value;
  const here = refs.indexOf(chosen);
  const write = () => /** @type {HTMLElement | null} */ (document.querySelector("#chat"))?.focus();
  return html`<section class="pane" aria-labelledby="talks-title">
    <h2 class="title" id="talks-title">${t("talk.title")}</h2>
    <div class="list" id="talks" tabindex="0" role="listbox" aria-labelledby="talks-title" aria-activedescendant=${rowId(chosen)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => listKeys(e, refs, here, (r) => (at.value = r), write)}>
      ${refs.map((ref) => html`<${Row} key=${ref} talk=${ref} selected=${ref === chosen} />`)}
    </div>
  </section>`;
}

/** @param {{talk: string, selected: boolean}} props */
function Row({ talk, selected }) {
  const place = useInView(selected);
  const row = talks.value.get(talk);
  const fresh = unreadOf(talk);
  return html`<div ref=${place} id=${rowId(talk)} class="row talk ${selected ? "selected" : ""}" role="option" aria-selected=${selected} data-talk=${talk} onClick=${() => (at.value = talk)}>
    <span class="cut"><strong class="${row?.lines ? "" : "quiet"}" title=${nameOf(talk)}>${shortName(nameOf(talk))}</strong>${row?.lines ? html`<br /><span class="second">${t("talk.last", { by: row.by, room: row.room })}</span>` : ""}</span>
    <span class="right">${fresh ? html`<strong class="chip note">${t("talk.new", { n: fresh })}</strong>` : ""}<br /><span class="mono dim">${row?.lines ? age(now.value - row.at) : ""}</span></span>
  </div>`;
}

/** What was said, and the field to say something. @param {{talk: string}} props */
function Talk({ talk }) {
  const key = `chat.${talk}`;
  const [lines, setLines] = useState(/** @type {any[]} */ ([]));
  const [problem, setProblem] = useState("");
  const { text, type, post: postTyped } = useTyped(key);
  const [to, setTo] = useState("");
  const [audience, setAudience] = useState("");
  const count = talks.value.get(talk)?.lines ?? 0;
  const room = session.value.room;
  const seats = otherOf(talk) ? [] : (rooms.value.find((r) => r.room === room)?.seats ?? []).filter((/** @type {any} */ s) => s.seat !== session.value.seat);
  const disciplines = session.value.disciplines;
  const choices = ["", ...new Set([disciplines.length < 4 ? disciplines : "", disciplines.includes("A") ? "A" : "", disciplines.includes("P") ? "P" : ""].filter(Boolean))];

  useEffect(() => {
    if (!count) return undefined;
    let wanted = true;
    // Each line is read once, as each reading is recorded; in the past all of it, as later lines were not there yet.
    const known = past.peek() ? [] : lines;
    get(`/api/talks/${talk}?after=${known.at(-1)?.n ?? 0}`).then(
      (found) => {
        if (!wanted) return;
        setLines([...known, ...found.lines]);
        setProblem("");
        if (!document.hidden) see(talk);
      },
      (e) => wanted && setProblem(e instanceof Problem ? sayProblem(e.body) : t("link.none")),
    );
    return () => { wanted = false; };
  }, [talk, count]);

  const post = () => text.trim() && postTyped((said) => say(talk, said, to, audience));

  return html`<section class="pane" aria-labelledby="talk-title">
    <h2 class="title" id="talk-title"><span class="cut">${nameOf(talk)}</span></h2>
    <div class="log" id="said" tabindex="0" role="log" aria-label=${t("talk.said")} ref=${(/** @type {HTMLElement | null} */ e) => e && (e.scrollTop = e.scrollHeight)}>
      ${problem && html`<p class="problem">${problem}</p>`}
      ${lines.map((l) => html`<div class="entry talk ${l.to && l.to === session.value.seat ? "mine" : ""}" key=${l.n}><time class="mono dim">${clockTime(l.at)}</time><span class="cut second">${l.by}<br />${l.room !== room ? l.room : l.seat}</span>
        <span class="words">${l.to && html`<span class="chip">${t("talk.for", { seat: l.to })}</span> `}${l.audience !== "PBAK" && html`<span class="chip">${t("log.only", { who: [...l.audience].map((d) => t(`discipline.${d}`)).join(", ") })}</span> `}${l.what === "taken" ? html`<em>${t("talk.taken", { by: l.by })}</em>` : l.what === "left" ? html`<em>${t("talk.left", { by: l.by })}</em>` : ""} ${l.text ?? t("note.closed")}</span></div>`)}
      ${!lines.length && !problem && html`<p class="second">${t("talk.nothing")}</p>`}
    </div>
    <div class="write">
      <textarea id="chat" aria-label=${t("talk.write", { name: nameOf(talk) })} placeholder=${t("talk.hint")} value=${text} onInput=${(/** @type {any} */ e) => type(e.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === "Enter" && !e.shiftKey) { e.preventDefault(); post(); } }}></textarea>
      <div>${seats.length > 0 && html`<select id="to-seat" aria-label=${t("talk.to")} value=${to} onChange=${(/** @type {any} */ e) => setTo(e.target.value)}><option value="">${t("talk.to_all")}</option>${seats.map((/** @type {any} */ s) => html`<option value=${s.seat}>${s.seat} ${s.person}</option>`)}</select>`}
      <select aria-label=${t("log.audience")} value=${audience} onChange=${(/** @type {any} */ e) => setAudience(e.target.value)}>${choices.map((c) => html`<option value=${c}>${c ? t("log.only", { who: [...c].map((d) => t(`discipline.${d}`)).join(", ") }) : t("log.all")}</option>`)}</select>
      <button onClick=${post}>${t("talk.send")} <kbd>Enter</kbd></button></div>
    </div>
  </section>`;
}
