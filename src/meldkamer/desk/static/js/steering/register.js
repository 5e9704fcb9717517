// Registers: every record of the plan by its kind, and the form that changes one or adds one, as a proposal to its owner.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { newId } from "../api.js";
import { Sign } from "../icons.js";
import { t } from "../words.js";
import { Fill } from "./fields.js";
import { Panel, Table, Unknown, day, fieldName, nameOf, valueName, whole } from "./marks.js";
import { may, useSending } from "./proposing.js";
import { kind, openRecord, plan, record } from "./store.js";

const NEW = "+";
/** Beside the name, as many columns fit. */
const COLUMNS = 5;

/** @param {{data: any}} props */
export function Register({ data }) {
  const about = data.kinds.find((/** @type {any} */ k) => k.kind === data.kind);
  const row = data.rows.find((/** @type {any} */ r) => r.id === record.value);
  const adding = record.value === NEW && about.add;
  const writable = plan.value?.writable && may("steer");
  return html`<div class="sheets board">
    <${Panel} id="records" of="judged" title="${t(`steering.record.${data.kind}`)} ${whole(data.rows.length)}">
      <p class="buttons"><label for="of-kind">${t("steering.register.kind")}</label> <select id="of-kind" value=${data.kind} onChange=${(/** @type {any} */ e) => openRecord(e.target.value, "")}>${sorted(data.kinds).map((k) => html`<option value=${k.kind}>${t(`steering.record.${k.kind}`)} (${k.count})</option>`)}</select>
        ${about.add && writable && html`<button id="new-record" onClick=${() => openRecord(data.kind, NEW)}>${t("steering.register.new")}</button>`}</p>
      <${Records} data=${data} />
    <//>
    <div class="stack">
      ${(row || adding) && html`<${Panel} id="record" of="judged" title=${row ? named(row) : t("steering.register.new")}>
        ${row && !about.change && html`<${Values} row=${row} data=${data} />`}
        ${row && data.locked.includes(row.id) && html`<p><${Sign} name="lock" /> ${t("steering.register.sealed")}</p>`}
        ${!writable ? html`<p class="note">${t("steering.form.read_only")}</p>${row && about.change && html`<${Values} row=${row} data=${data} />`}`
          : (adding || about.change) ? html`<${RecordForm} key="${data.kind} ${record.value}" row=${row} data=${data} />`
          : html`<p class="note">${t(about.add ? "steering.register.follows" : "steering.register.elsewhere")}</p>`}
      <//>`}
      ${!row && !adding && html`<${Panel} id="record" of="judged" title=${t("steering.register.one")}><p class="note">${t("steering.register.choose")}</p><//>`}
    </div>
  </div>`;
}

/** Kinds by their name in the language of the screen. @param {any[]} kinds */
const sorted = (kinds) => [...kinds].sort((a, b) => t(`steering.record.${a.kind}`).localeCompare(t(`steering.record.${b.kind}`)));

/** @param {any} row */
const named = (row) => (row.name ? nameOf(row) : row.id);

/** What says most of a kind at a glance: who answers for it, how it stands, when. @param {any} data */
const columns = (data) => data.fields.filter((/** @type {any} */ f) => !f.many && (["choice", "flag", "date"].includes(f.form) || ["accountable", "owner", "party", "room", "provision"].includes(f.name))).slice(0, COLUMNS);

/** @param {{data: any}} props */
function Records({ data }) {
  const shown = columns(data);
  const rows = data.rows;
  /** @param {KeyboardEvent} e */
  function keys(e) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[e.key];
    if (step === undefined) return;
    e.preventDefault();
    const buttons = [.../** @type {HTMLElement} */ (e.currentTarget).querySelectorAll("button")];
    const n = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    buttons[Math.max(0, Math.min(buttons.length - 1, n + step))]?.focus();
  }
  return html`<${Table} label=${t(`steering.record.${data.kind}`)}><thead><tr><th scope="col">${t("steering.register.name")}</th>${shown.map((/** @type {any} */ f) => html`<th scope="col">${fieldName(f.name)}</th>`)}</tr></thead>
    <tbody onKeyDown=${keys}>${rows.map((/** @type {any} */ r) => html`<tr id="record-${r.id}" class=${r.id === record.value ? "selected" : ""}><th scope="row"><button class="plain" aria-expanded=${r.id === record.value} onClick=${() => { record.value = r.id === record.value ? "" : r.id; }}>${data.locked.includes(r.id) && html`<${Sign} name="lock" /> `}${named(r)}</button> <span class="mono second">${r.id}</span></th>
      ${shown.map((/** @type {any} */ f) => html`<td><${Shown} field=${f} value=${r[f.name]} data=${data} /></td>`)}</tr>`)}</tbody><//>`;
}

/** A value in words: what it refers to by its name. @param {{field: any, value: any, data: any}} props */
function Shown({ field, value, data }) {
  if (Array.isArray(value)) return value.length ? html`${value.map((one, n) => html`${n > 0 && ", "}<${Shown} field=${{ ...field, many: false }} value=${one} data=${data} />`)}` : html`<span class="dim">–</span>`;
  if (value === "" || value === null || value === undefined) return html`<span class="dim">–</span>`;
  if (value === "unknown") return html`<${Unknown} />`;
  if (field.choices.includes(value) || field.form === "flag") return valueName(value);
  if (field.form === "record") return nameOf(option(data, field, value) ?? { name: value, name_en: value });
  if (field.form === "date") return html`<span class="nobr">${day(value)}</span>`;
  return String(value);
}

/** @param {any} data @param {any} field @param {string} id */
const option = (data, field, id) => field.refers.flatMap((/** @type {string} */ k) => data.options[k] ?? []).find((/** @type {any} */ o) => o.id === id);

/** A record as it stands, where no form changes it. @param {{row: any, data: any}} props */
function Values({ row, data }) {
  return html`<table><tbody>${data.fields.map((/** @type {any} */ f) => html`<tr><th scope="row">${fieldName(f.name)}</th><td><${Shown} field=${f} value=${row[f.name]} data=${data} /></td></tr>`)}</tbody></table>`;
}

/** The next id after the last one of its kind, where that ends in a number. @param {any[]} rows */
function nextId(rows) {
  const last = rows.at(-1)?.id.match(/^(.*?)(\d+)$/);
  if (!last) return "";
  const taken = rows.map((r) => r.id);
  let n = Number(last[2]) + 1;
  while (taken.includes(`${last[1]}${n}`)) n += 1;
  return `${last[1]}${n}`;
}

/** What a new record holds to begin with. @param {any} field */
function empty(field) {
  if (field.many) return [];
  if (field.form === "flag") return false;
  if (field.choices.length && field.form !== "record") return field.choices[0];
  return "";
}

/** Every field of a record; only what differs is proposed. @param {{row: any, data: any}} props */
function RecordForm({ row, data }) {
  // As it stood when the form was opened: what somebody else changes meanwhile is not proposed back.
  const [before] = useState(row ?? Object.fromEntries(data.fields.map((/** @type {any} */ f) => [f.name, f.required ? empty(f) : f.default])));
  const [values, setValues] = useState(before);
  const [id, setId] = useState(row ? row.id : nextId(data.rows));
  const [role, setRole] = useState(row?.accountable ?? row?.owner ?? data.roles[0]?.id ?? "");
  const [reason, setReason] = useState("");
  const [said, busy, send] = useSending();
  // The row that was opened may stand far down: the next key goes to the form.
  useEffect(() => /** @type {HTMLElement | null} */ (document.querySelector("#record-form :is(input, select)"))?.focus(), []);
  const differs = (/** @type {any} */ f) => JSON.stringify(values[f.name]) !== JSON.stringify(before[f.name]);
  const given = data.fields.filter((/** @type {any} */ f) => differs(f) || (!row && f.required));
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const fields = Object.fromEntries(given.map((/** @type {any} */ f) => [f.name, values[f.name]]));
    const what = row ? { type: "change", of: row.id } : { type: "addition", kind: data.kind, of: id.trim() };
    if (await send("proposals", { id: newId(), wanted: { ...what, role, fields, reason } })) setReason("");
  }
  return html`<form id="record-form" class="form" onSubmit=${submit}>
    ${!row && html`<label for="record-id">${t("steering.register.id")}</label><input id="record-id" value=${id} required maxlength="64" autocomplete="off" onInput=${(/** @type {any} */ e) => setId(e.target.value)} />`}
    ${data.fields.map((/** @type {any} */ f) => html`<${Fill} key=${f.name} field=${f} value=${values[f.name]} options=${data.options} set=${(/** @type {any} */ v) => setValues((/** @type {any} */ now) => ({ ...now, [f.name]: v }))} />`)}
    <label for="record-role">${t("steering.form.role")}</label><select id="record-role" value=${role} onChange=${(/** @type {any} */ e) => setRole(e.target.value)}>${data.roles.map((/** @type {any} */ r) => html`<option value=${r.id}>${nameOf(r)}</option>`)}</select>
    <label for="record-reason">${t("steering.lines.reason")}</label><input id="record-reason" value=${reason} required maxlength="1000" autocomplete="off" onInput=${(/** @type {any} */ e) => setReason(e.target.value)} />
    <div class="wide buttons"><button type="submit" disabled=${busy || !given.length}>${t("steering.form.propose")} <kbd>Enter</kbd></button><span role="status">${said || (given.length ? t("steering.register.differs", { fields: given.map((/** @type {any} */ f) => fieldName(f.name)).join(", ") }) : t("steering.register.same"))}</span></div>
  </form>`;
}
