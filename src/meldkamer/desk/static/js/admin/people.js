// Mensen: who may come in, what that opens, and every change of it with its reason.
import { html, useEffect, useState } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { Panel, Table, nameOf, whole } from "../steering/marks.js";
import { t } from "../words.js";
import { Factor } from "./factor.js";
import { Compartments, Twice, What, moment, move, useSending } from "./parts.js";
import { Provider } from "./provider.js";
import { PAGE, asked, choose, chosen, dossier, handed, search } from "./store.js";

const STATES = ["active", "once", "never", "expired", "blocked"];

/** @param {{data: any}} props */
export function People({ data }) {
  return html`<div class="sheets people">
    <${Panel} id="people" title="${t(asked.value.machines ? "admin.people.machines" : "admin.people.people")} ${whole(data.total)}"><${Filters} counts=${data.counts} /><${Rows} data=${data} /><//>
    <div class="stack">
      ${handed.value && html`<${Handed} of=${handed.value} />`}
      ${chosen.value === "+" ? html`<${NewPerson} roles=${data.roles} />` : chosen.value ? dossier.value && html`<${About} key=${dossier.value.person.name} of=${dossier.value} roles=${data.roles} />` : html`<${Panel} id="nobody" title=${t("admin.people.nobody")}><p class="note">${t("admin.people.choose")}</p><p><button id="new" onClick=${() => choose("+")}>${t("admin.people.new")} <kbd>F8</kbd></button></p><//>`}
    </div>
  </div>`;
}

/** @param {{counts: Record<string, number>}} props */
function Filters({ counts }) {
  const { search: text, is_state, machines } = asked.value;
  return html`<form class="filters" role="search" onSubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
    <label for="search">${t("admin.people.search")} <kbd>F7</kbd></label><input id="search" value=${text} maxlength="120" autocomplete="off" onInput=${(/** @type {any} */ e) => search({ search: e.target.value })} />
    <label for="state">${t("admin.people.state")}</label><select id="state" value=${is_state} onChange=${(/** @type {any} */ e) => search({ is_state: e.target.value })}>
      <option value="">${t("admin.people.all")}</option>${STATES.map((s) => html`<option value=${s}>${t(`admin.state.${s}`)} ${counts[s] ?? 0}</option>`)}</select>
    <label><input type="checkbox" id="machines" checked=${machines} onChange=${(/** @type {any} */ e) => search({ machines: e.target.checked })} /> ${t("admin.people.machines")}</label>
  </form>`;
}

/** A state; what keeps somebody out has a sign. @param {{of: string}} props */
const State = ({ of }) => html`${of === "blocked" && html`<${Sign} name="lock" />`}${of === "expired" && html`<${Sign} name="warn" />`} ${t(`admin.state.${of}`)}`;

/** @param {{data: any}} props */
function Rows({ data }) {
  const { skip } = asked.value;
  if (!data.people.length) return html`<p class="note" role="status">${t("admin.people.none")}</p>`;
  return html`<div onKeyDown=${move}><${Table} label=${t("admin.people.people")}>
    <thead><tr><th scope="col">${t("admin.people.account")}</th><th scope="col">${t("admin.people.state")}</th><th scope="col">${t("admin.people.roles")}</th><th scope="col">${t("admin.people.opens")}</th><th scope="col">${t("admin.people.last")}</th></tr></thead>
    <tbody>${data.people.map((/** @type {any} */ p) => html`<tr key=${p.name} class=${p.name === chosen.value ? "selected" : ""}>
      <th scope="row"><button class="plain" id="row-${p.name}" aria-pressed=${p.name === chosen.value} onClick=${() => choose(p.name)}>${p.name}</button>${p.display && p.display !== p.name && html`<br /><span class="second">${p.display}</span>`}</th>
      <td><${State} of=${p.state} /></td><td class="mono">${[...p.roles, ...p.scopes].join(" ") || "–"}</td>
      <td><${Compartments} of=${p.compartments} /></td>
      <td>${p.machine ? "–" : moment(p.last_sign_in)}${p.open_sessions > 0 && html` <span class="chip">${t("admin.people.in_now", { count: p.open_sessions })}</span>`}</td></tr>`)}</tbody><//></div>
    ${data.total > PAGE && html`<p class="pages"><button id="newer" disabled=${!skip} onClick=${() => search({ skip: Math.max(0, skip - PAGE) })}>${t("admin.page.before")}</button> ${t("admin.page.at", { from: skip + 1, to: Math.min(skip + PAGE, data.total), of: data.total })} <button id="older" disabled=${skip + PAGE >= data.total} onClick=${() => search({ skip: skip + PAGE })}>${t("admin.page.after")}</button></p>`}`;
}

/** A secret that is shown once. @param {{of: {name: string, secret: string, until: number, waits: boolean}}} props */
function Handed({ of }) {
  return html`<section class="sheet handed" id="handed" role="status"><p><${Sign} name="lock" /> ${t("admin.handed.title", { name: of.name })}</p><p class="secret mono">${of.secret}</p>
    ${of.waits && html`<p class="wrong"><${Sign} name="lock" /> ${t("admin.confirm.now_waits")}</p>`}<p class="note">${t("admin.handed.once")}${of.until > 0 && html` ${t("admin.handed.until")} ${moment(of.until)}.`}</p><p><button id="hide" onClick=${() => (handed.value = null)}>${t("admin.handed.hide")}</button></p></section>`;
}

/** Keep what was just made, if anything. @param {string} name @param {any} answer */
function hand(name, answer) {
  const secret = answer.one_time_password || answer.token;
  if (secret) handed.value = { name, secret, until: answer.until, waits: answer.waits };
}

/** @param {{of: any, roles: any[]}} props */
function About({ of, roles }) {
  const p = of.person;
  return html`<${Panel} id="about" title=${p.name}>
    <table><tbody>
      <tr><th scope="row">${t("admin.people.state")}</th><td><${State} of=${p.state} /></td></tr>
      <tr><th scope="row">${t("admin.people.last")}</th><td>${p.machine ? "–" : moment(p.last_sign_in)}</td></tr>
      <tr><th scope="row">${t("admin.people.roles")}</th><td>${p.roles.map((/** @type {string} */ code) => roleName(roles, code)).join(", ") || "–"}</td></tr>
      <tr><th scope="row">${t("admin.people.serves")}</th><td class="mono">${p.qualified.join(" ") || "–"}</td></tr>
      <tr><th scope="row">${t("admin.people.disciplines")}</th><td>${[...p.disciplines].map((d) => t(`discipline.${d}`)).join(", ") || "–"}</td></tr>
      <tr><th scope="row">${t("admin.people.opens")}</th><td><${Compartments} of=${p.compartments} /></td></tr>
      <tr><th scope="row">${t("admin.people.rights")}</th><td>${p.rights.map((/** @type {string} */ r) => t(`admin.right.${r}`)).join(", ") || "–"}</td></tr>
      ${p.regions.length > 0 && html`<tr><th scope="row">${t("admin.people.regions")}</th><td class="mono">${p.regions.join(" ")}</td></tr>`}
    </tbody></table>
    ${of.own ? html`<p class="note"><${Sign} name="lock" /> ${t("admin.people.own")}</p>` : html`<${ChangeForm} p=${p} roles=${roles} />`}
    ${!p.machine && html`<${Factor} name=${p.name} own=${of.own} generation=${of.changes.length} />`}
    ${!p.machine && html`<${Provider} name=${p.name} own=${of.own} generation=${of.changes.length} />`}
    <h3>${t("admin.people.changes")}</h3>
    ${of.changes.length ? html`<${Table} label=${t("admin.people.changes")}><tbody>${of.changes.map((/** @type {any} */ c) => html`<tr key=${c.n}><td class="nobr">${moment(c.at)}</td><td>${c.by}</td><td><${What} what=${c.what} /></td><td>${c.reason}</td></tr>`)}</tbody><//>` : html`<p class="note">${t("admin.people.none_changed")}</p>`}
  <//>`;
}

/** @param {any[]} roles @param {string} code */
const roleName = (roles, code) => {
  const role = roles.find((r) => r.code === code);
  return role ? `${nameOf(role)} (${code})` : code;
};

/** Roles to choose from. @param {{roles: any[], held: string[], set: (roles: string[]) => void}} props */
function Choices({ roles, held, set }) {
  return html`<fieldset class="roles"><legend>${t("admin.people.roles")}</legend>${roles.map((r) => html`<label key=${r.code} title=${r.qualified.join(" ")}><input type="checkbox" name="role" value=${r.code} checked=${held.includes(r.code)} onChange=${(/** @type {any} */ e) => set(e.target.checked ? [...held, r.code] : held.filter((c) => c !== r.code))} /> <span><span class="mono">${r.code}</span> ${nameOf(r)}</span></label>`)}</fieldset>`;
}

/** The reason, without which nothing is changed. @param {{value: string, set: (reason: string) => void}} props */
const Reason = ({ value, set }) => html`<label for="reason">${t("admin.reason")}</label><input id="reason" name="reason" value=${value} required minlength="3" maxlength="200" autocomplete="off" onInput=${(/** @type {any} */ e) => set(e.target.value)} />`;

/** @param {{p: any, roles: any[]}} props */
function ChangeForm({ p, roles }) {
  const [held, setHeld] = useState(p.roles);
  const [reason, setReason] = useState("");
  const [said, busy, send, say] = useSending();
  useEffect(() => setHeld(p.roles), [p.roles.join()]);
  const path = `/api/accounts/${p.name}`;
  /** @param {any} what */
  async function change(what) {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#reason"));
    if (reason.trim().length < 3) {
      say(t("admin.reason_first"));
      field.focus();
      return;
    }
    const answer = await send(path, { reason: reason.trim(), ...what });
    if (!answer) return;
    setReason("");
    if (answer.waits) say(t("admin.confirm.now_waits"));
    hand(p.name, answer);
  }
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    if (held.join() === p.roles.join()) return say(t("admin.people.same"));
    change({ roles: held });
    return undefined;
  }
  return html`<h3>${t("admin.people.change")}</h3><form id="change" class="form" onSubmit=${submit}>
    <div class="wide"><${Choices} roles=${roles} held=${held} set=${setHeld} /></div>
    <${Reason} value=${reason} set=${setReason} />
    <div class="wide buttons"><button type="submit" id="save-roles" disabled=${busy}>${t("admin.people.save_roles")} <kbd>Enter</kbd></button>
      <${Twice} id="block" disabled=${busy} act=${() => change({ disabled: p.state !== "blocked" })}><${Sign} name="lock" /> ${t(p.state === "blocked" ? "admin.people.unblock" : "admin.people.block")}<//>
      ${p.machine ? html`<${Twice} id="token" disabled=${busy} act=${() => change({ new_token: true })}>${t("admin.people.token")}<//>` : html`<${Twice} id="password" disabled=${busy} act=${() => change({ one_time_password: true })}>${t("admin.people.password")}<//>`}
    </div><p class="wide" role="status">${said}</p>
  </form>`;
}

/** @param {{roles: any[]}} props */
function NewPerson({ roles }) {
  const [held, setHeld] = useState(/** @type {string[]} */ ([]));
  const [reason, setReason] = useState("");
  const [said, busy, send] = useSending();
  useEffect(() => /** @type {HTMLElement | null} */ (document.querySelector("#name"))?.focus(), []);
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const given = new FormData(/** @type {HTMLFormElement} */ (e.target));
    const name = String(given.get("name")).trim().toLowerCase();
    const answer = await send("/api/accounts", { name, display: given.get("display"), language: given.get("language"), roles: held, reason: reason.trim() });
    if (!answer) return;
    // It is not there before another administrator confirmed it; what was handed out opens nothing until then.
    await choose("");
    hand(name, answer);
  }
  return html`<${Panel} id="new-person" title=${t("admin.people.new")}><form class="form" onSubmit=${submit}>
    <label for="name">${t("admin.people.account")}</label><input id="name" name="name" required minlength="2" maxlength="64" autocomplete="off" />
    <label for="display">${t("admin.people.name")}</label><input id="display" name="display" maxlength="200" autocomplete="off" />
    <label for="language">${t("admin.people.language")}</label><select id="language" name="language"><option value="nl">Nederlands</option><option value="en" lang="en">English</option></select>
    <div class="wide"><${Choices} roles=${roles} held=${held} set=${setHeld} /></div>
    <${Reason} value=${reason} set=${setReason} />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("admin.people.make")} <kbd>Enter</kbd></button><button type="button" onClick=${() => choose("")}>${t("admin.cancel")}</button></div>
    <p class="wide" role="status">${said}</p>
  </form><p class="note">${t("admin.people.once_note")}</p><//>`;
}
