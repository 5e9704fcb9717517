// The figures: all measures of the country, the rooms beside each other, one measure in groups, and who answered for whom.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { Chart, Panel, Table, whole } from "../steering/marks.js";
import { t } from "../words.js";
import { Absent, Rows, Share, called, moment, percent, points, time } from "./parts.js";
import { choose, chosen } from "./store.js";

const GROUPS = ["room", "region", "municipality", "hour", "priority"];

/** @param {{view: any}} props */
export function Overview({ view }) {
  const { words: w, names, shows } = view;
  return html`<${Panel} id="overview" of="measured" title=${w.overview} note=${shows.test_calls ? `${whole(shows.test_calls)} ${w.tests}` : ""}>
    <${Rows} label=${w.overview} first=${w.measure} w=${w} names=${names} rows=${shows.rows.map((/** @type {any} */ r) => ({ id: `all-${r.measure}-${r.discipline}`, name: r.name, row: r.row }))} />
    <p class="note">${w.method_text}</p><//>`;
}

/** Which measure. @param {{choices: any[]}} props */
function Measures({ choices }) {
  const { measure, discipline } = chosen.value;
  return html`<label for="measure">${t("reports.measure")}</label><select id="measure" value=${`${measure} ${discipline}`} onChange=${(/** @type {any} */ e) => { const [m, d] = e.target.value.split(" "); choose({ measure: m, discipline: d }); }}>
    ${choices.map((c) => html`<option value="${c.measure} ${c.discipline}" selected=${c.measure === measure && c.discipline === discipline}>${c.name}</option>`)}</select>`;
}

const SIGNS = /** @type {Record<string, string>} */ ({ better: "up", worse: "warn" });

/** @param {{view: any}} props */
export function Rooms({ view }) {
  const { words: w, names, shows } = view;
  const { quality, rows } = shows;
  return html`<p class="asked"><${Measures} choices=${shows.choices} /></p>
  <div class="sheets two">
    <${Panel} id="level" of="measured" title=${w.quality}><${Chart} svg=${shows.chart} /><p class="note">${w.quality_text}</p><//>
    <${Panel} id="differences" of="measured" title=${shows.title} note=${quality.reference === null ? "" : `≤ ${time(quality.reference)}${shows.target === null ? "" : `, ${percent(shows.target)}`}`}>
      <${Table} label=${shows.title}><thead><tr><th scope="col">${w.room}</th><th scope="col" class="n">${w.within}</th><th scope="col" class="n">${w.share_rest}</th><th scope="col" class="n">${t("reports.difference")}</th><th scope="col">${w.verdict}</th></tr></thead>
      <tbody>${quality.rooms.map((/** @type {any} */ r) => html`<tr id="room-${r.room}" class=${r.standing === "worse" ? "act" : ""}><th scope="row">${called(r.room, names)}</th><td class="n"><${Share} of=${r.share} w=${w} /></td>
        <td class="n">${r.others === null ? html`<${Absent} w=${w} />` : percent(r.others)}</td>
        <td class="n">${r.difference === null ? html`<${Absent} w=${w} />` : html`${points(r.difference)}<br /><span class="second">${points(r.low)} – ${points(r.high)}</span>`}</td>
        <td>${r.standing === "not_measured" ? html`<${Absent} w=${w} />` : html`${SIGNS[r.standing] === "warn" && html`<${Sign} name="warn" />`} ${w[r.standing]}`}</td></tr>`)}</tbody><//><//>
    <${Panel} id="per-room" of="measured" title=${w.per_room} wide><${Rows} label=${w.per_room} first=${w.room} w=${w} names=${names} rows=${rows.map((/** @type {any} */ r) => ({ id: `of-${r.key}`, name: called(r.key, names), row: r }))} /><//>
  </div>`;
}

/** @param {{view: any}} props */
export function Groups({ view }) {
  const { words: w, names, shows } = view;
  const { by, measure } = chosen.value;
  const groups = measure.startsWith("answer") ? GROUPS.filter((g) => g !== "priority") : GROUPS;
  return html`<p class="asked"><${Measures} choices=${shows.choices} />
    <label for="by">${t("reports.by")}</label><select id="by" value=${by} onChange=${(/** @type {any} */ e) => choose({ by: e.target.value })}>${groups.map((g) => html`<option value=${g} selected=${g === by}>${w[g]}</option>`)}</select></p>
  <div class="sheets two split">
    <${Panel} id="drawn" of="measured" title=${shows.title}><${Chart} svg=${shows.chart} /><//>
    <${Panel} id="counted" of="measured" title=${w[by]} note=${by === "municipality" ? t("reports.small") : ""}><${Rows} label=${shows.title} first=${w[by]} w=${w} names=${names} rows=${shows.rows.map((/** @type {any} */ r, /** @type {number} */ n) => ({ id: `group-${n}`, name: called(r.key, names), row: r }))} /><//>
  </div>`;
}

const COUNTS = ["own", "answered_here", "overflow_out", "taken_over", "helped"];

/** @param {{view: any}} props */
export function Overflows({ view }) {
  const { words: w, names, shows } = view;
  const { moves } = shows.takeovers;
  const speeds = [["declared", shows.takeovers.declared], ["lapsed", shows.takeovers.silent]].filter(([, p]) => p);
  return html`<div class="sheets two">
    <${Panel} id="answered" of="measured" title=${w.overflow}><${Chart} svg=${shows.chart} /><p class="note">${w.overflow_text}</p><//>
    <${Panel} id="answered-table" of="measured" title=${t("reports.answered")}>
      <${Table} label=${t("reports.answered")}><thead><tr><th scope="col">${w.room}</th>${COUNTS.map((k) => html`<th scope="col" class="n">${w[k]}</th>`)}<th scope="col" class="n">${w.share}</th></tr></thead>
      <tbody>${shows.rows.map((/** @type {any} */ r) => html`<tr id="answered-${r.room}"><th scope="row">${called(r.room, names)}</th>${COUNTS.map((k) => html`<td class="n">${whole(r[k])}</td>`)}<td class="n"><${Share} of=${r.overflow} w=${w} /></td></tr>`)}</tbody><//><//>
    <${Panel} id="takeovers" of="measured" title=${w.takeovers} note=${speeds.map(([ground, p]) => `${w[ground]}: ${w.slowest} ${time(p.value)}`).join("; ")} wide>
      ${!moves.length ? html`<p>${w.no_takeovers}</p>` : html`<${Table} label=${w.takeovers}><thead><tr>${["function", "from", "to", "at", "ground", "took", "away"].map((k) => html`<th scope="col">${w[k]}</th>`)}</tr></thead>
      <tbody>${moves.map((/** @type {any} */ m) => html`<tr><th scope="row" class="mono">${m.function}</th><td>${m.previous}</td><td>${m.to}</td><td>${moment(m.at)}</td><td>${w[m.ground]}</td><td>${m.seconds === null ? html`<${Absent} w=${w} />` : time(m.seconds)}</td><td>${m.away === null ? w.still : time(m.away)}</td></tr>`)}</tbody><//>`}<//>
  </div>`;
}
