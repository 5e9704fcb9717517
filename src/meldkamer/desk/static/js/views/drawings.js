// Drawing on the map: points by mouse, or Enter at the middle of the map; and a list by keys of what is drawn.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { codeOf } from "../attention_language.js";
import { FEWEST, KINDS, LARGEST, MOST_WORDS } from "../drawing_language.js";
import { beginSketch, changeSketch, chosen, counting, dropPoint, followWords, ownRegion, saveSketch, sketch, takeAway, textOf, view, whole } from "../drawings.js";
import { past } from "../past.js";
import { incidents } from "../stores.js";
import { clockTime, t } from "../words.js";
import { beginCommand, wordOf } from "./command_bar.js";
import { listKeys, rowId, useInView } from "./operator.js";

const HOURS = [1, 4, 24, 168];

export function Drawings() {
  useEffect(followWords, []);
  const rows = counting.value;
  const s = sketch.value;
  return html`<div class="title" id="draw">
      ${past.value ? "" : s === null ? html`<button id="new-drawing" onClick=${() => begin()}>${t("drawing.new")}</button>` : html`<${Sketching} s=${s} />`}
      <span role="status">${t("drawing.count", { n: rows.length })}</span>
      ${s === null && rows.length > 0 && html`<${Chosen} key=${chosen.value} rows=${rows} />`}</div>
    ${rows.length > 0 && html`<${List} rows=${rows} />`}`;
}

/** @param {any} [d] */
function begin(d) {
  beginSketch(d);
  onMap();
}

const onMap = () => /** @type {HTMLElement | null} */ (document.querySelector(".map-canvas"))?.focus();

/** @param {{s: import("../drawings.js").Sketch}} props */
function Sketching({ s }) {
  const of = s.incident ? incidents.value.get(s.incident) : null;
  const set = (/** @type {string} */ name) => (/** @type {any} */ e) => changeSketch({ [name]: ["radius", "hours"].includes(name) ? Number(e.target.value) : e.target.value });
  async function save() {
    if (await saveSketch()) onMap();
  }
  return html`${s.ref ? html`<span>${codeOf(s.ref)} ${t(`drawing.kind.${s.kind}`)}</span>` : html`
      <select id="sketch-shape" aria-label=${t("drawing.shape")} value=${s.shape} onChange=${set("shape")}>${Object.keys(KINDS).map((shape) => html`<option value=${shape}>${t(`drawing.shape.${shape}`)}</option>`)}</select>
      <select id="sketch-kind" aria-label=${t("drawing.kind")} value=${s.kind} onChange=${set("kind")}>${KINDS[s.shape].map((kind) => html`<option value=${kind}>${t(`drawing.kind.${kind}`)}</option>`)}</select>`}
    ${s.shape === "circle" && html`<label>${t("drawing.radius")} <input id="sketch-radius" type="number" min="1" max=${LARGEST} step="10" value=${s.radius} onInput=${set("radius")} /></label>`}
    <span class="second">${t("drawing.points", { n: s.points.length, most: FEWEST[s.shape] })}</span>
    <input id="sketch-text" aria-label=${t("drawing.text")} placeholder=${t("drawing.text")} maxlength=${MOST_WORDS} value=${s.text} onInput=${set("text")} />
    <select id="sketch-hours" aria-label=${t("drawing.end")} value=${String(s.hours)} onChange=${set("hours")}>${s.ref && html`<option value="-1">${t("drawing.same_end")}</option>`}<option value="0">${t("drawing.no_end")}</option>${HOURS.map((n) => html`<option value=${String(n)}>${t("closure.hours", { n })}</option>`)}</select>
    ${!s.ref && of && html`<label><input type="checkbox" id="sketch-incident" checked onChange=${() => changeSketch({ incident: "" })} /> ${t("drawing.of_incident", { number: of.number })}</label>`}
    ${!s.ref && !of && html`<span class="second">${t("drawing.of_region", { region: ownRegion() })}</span>`}
    <button id="save-drawing" disabled=${!whole(s)} onClick=${save}>${t("drawing.save")}</button>
    <button disabled=${!s.points.length} onClick=${dropPoint}>${t("drawing.back")}</button>
    <button onClick=${() => { sketch.value = null; onMap(); }}>${t("drawing.cancel")}</button>`;
}

/** What can be done with the drawing that is chosen, for whoever works with a mouse. @param {{rows: any[]}} props */
function Chosen({ rows }) {
  const [asked, setAsked] = useState("");
  const d = rows.find((r) => r.ref === chosen.value);
  if (!d) return null;
  const sure = asked === d.ref;
  return html`<span class="grow"></span><span class="second">${codeOf(d.ref)}</span>
    <button onClick=${() => view.show(d)}>${t("drawing.show")}</button>
    ${!past.value && html`<button id="change-drawing" onClick=${() => begin(d)}>${t("drawing.change")}</button>
    <button id="remove-drawing" onClick=${() => (sure ? takeAway(d.ref) : setAsked(d.ref))}>${t(sure ? "drawing.sure" : "drawing.away")}</button>`}`;
}

/** @param {{rows: any[]}} props */
function List({ rows }) {
  const at = Math.max(0, rows.findIndex((d) => d.ref === chosen.value));
  /** @param {KeyboardEvent} event */
  function key(event) {
    const row = rows[at];
    if (event.ctrlKey || event.altKey || !row) return;
    if (event.key === "Enter") view.show(row);
    else if (event.key === "e" && !past.value) begin(row);
    else if (event.key === "+") beginCommand(`${wordOf("redraw")} ${codeOf(row.ref)} `);
    else if (event.key === "-") beginCommand(`${wordOf("undraw")} ${codeOf(row.ref)} `);
    else return listKeys(event, rows, at, (d) => (chosen.value = d.ref), () => {});
    event.preventDefault();
  }
  return html`<div class="list drawings" id="drawings" tabindex="0" role="listbox" aria-label=${t("drawing.title")} aria-activedescendant=${rowId(rows[at]?.ref)} onFocus=${() => (chosen.value = rows[at]?.ref ?? "")} onKeyDown=${key}>
    ${rows.map((d, n) => html`<${Line} key=${d.ref} drawing=${d} selected=${n === at} />`)}
  </div>`;
}

/** @param {{drawing: any, selected: boolean}} props */
function Line({ drawing: d, selected }) {
  const row = useInView(selected);
  const size = d.shape === "circle" ? ` ${Math.round(d.radius)} m` : "";
  const last = d.changed ? t("drawing.changed", { by: d.changed_by, room: d.changed_room, time: clockTime(d.changed) }) : t("drawing.by", { by: d.by, room: d.room, time: clockTime(d.at) });
  return html`<div ref=${row} id=${rowId(d.ref)} class="row drawing ${selected ? "selected" : ""}" role="option" aria-selected=${selected} data-drawing=${d.ref} onClick=${() => (chosen.value = d.ref)}>
    <span class="mono dim">${codeOf(d.ref)}</span>
    <span class="cut"><strong>${t(`drawing.kind.${d.kind}`)}</strong> <span class="second">${t(`drawing.shape.${d.shape}`)}${size}</span> ${textOf(d)}</span>
    <span class="second cut">${d.number ? `#${d.number}` : d.ref.split("/")[0]} · ${d.until ? t("drawing.until", { time: clockTime(d.until) }) : t("drawing.no_end")} · ${last}</span>
  </div>`;
}
