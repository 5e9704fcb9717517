// The administrator's screen: what is not well and since when, every check with its age, and what each room runs.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { now, rooms } from "../stores.js";
import { checkName, differs, watched, watchedAge, watches } from "../watching.js";
import { age, clockTime, t } from "../words.js";

const SIGN = { degraded: "alarm", could_not_check: "warn", fine: "dot" };

export function Watch() {
  if (!watches.value) return html`<section class="pane"><p class="empty">${t("watch.not_yours")}</p></section>`;
  const w = watched.value;
  const old = watchedAge.value;
  return html`<div class="column"><section class="pane" aria-labelledby="alarms-title">
      <h2 class="title" id="alarms-title">${t("watch.alarms")} ${w?.open.length ?? ""}</h2>
      <div class="list" id="alarms" tabindex="0" role="group" aria-labelledby="alarms-title">
        ${w?.open.map((a) => html`<${Alarm} key=${a.id} alarm=${a} />`)}
        ${w && !w.open.length && html`<p class="empty">${t("watch.no_alarms")}</p>`}
        ${w?.ended.map((a) => html`<${Alarm} key=${a.id} alarm=${a} />`)}
      </div>
      <h2 class="title">${t("watch.rooms")}</h2>
      <div class="list" id="runs" tabindex="0" role="table" aria-label=${t("watch.rooms")}>
        <div class="row runs" role="row">${["room", "beat", "version", "pack", "geography", "settings", "health"].map((name) => html`<span role="columnheader" class="second">${t(`watch.column.${name}`)}</span>`)}</div>
        ${rooms.value.map((r) => html`<${Runs} key=${r.room} room=${r} />`)}
      </div>
    </section></div>
    <section class="pane" aria-labelledby="checks-title">
      <h2 class="title" id="checks-title">${t("watch.checks")}<span class="grow"></span><span class="sort">${old === null ? t("watch.not_looked") : t("watch.looked", { age: age(old) })}</span></h2>
      <div class="list" id="checks" tabindex="0" role="group" aria-labelledby="checks-title">${w?.checks.map((c) => html`<${Check} key=${c.name} check=${c} />`)}</div>
    </section>`;
}

/** @param {{alarm: import("../watching.js").Alarm}} props */
function Alarm({ alarm }) {
  const over = alarm.ended !== null;
  return html`<div class="head alarm-${over ? "over" : "open"}">
    <div class="line">${!over && html`<${Sign} name=${SIGN[/** @type {"degraded"} */ (alarm.state)]} />`}<strong>${alarm.checks.map(checkName).join(", ")}</strong><span>${over ? t("watch.over", { time: clockTime(/** @type {number} */ (alarm.ended)) }) : t(`watch.state.${alarm.state}`)}</span>
      <span class="mono">${age((alarm.ended ?? now.value) - alarm.since)}</span>${alarm.times > 1 && html`<span class="chip">${t("watch.times", { n: alarm.times })}</span>`}</div>
    <div>${alarm.detail}</div>
    <div class="second">${t("watch.since", { time: clockTime(alarm.since) })} · ${t("watch.run", { page: alarm.run })}</div>
  </div>`;
}

/** @param {{check: import("../watching.js").Check}} props */
function Check({ check }) {
  const fine = check.state === "fine";
  return html`<div class="head">
    <div class="line">${!fine && html`<${Sign} name=${SIGN[/** @type {"fine"} */ (check.state)]} />`}<strong>${checkName(check.name)}</strong><span class=${fine ? "second" : ""}>${t(`watch.state.${check.state}`)}</span></div>
    <div class=${fine ? "second" : ""}>${check.detail}</div>
    ${!fine && html`<div class="second">${t("watch.run", { page: check.run })}</div>`}
  </div>`;
}

/** @param {{room: any}} props */
function Runs({ room }) {
  const said = (/** @type {"version" | "pack" | "geography"} */ what) => {
    if (!room[what]) return html`<span class="second">${t("watch.not_said")}</span>`;
    const text = what === "version" ? room.version : room[what] === "-" ? t("watch.no_release") : room[what].slice(0, 8);
    return differs(room, what) ? html`<span class="chip warn"><${Sign} name="warn" /> ${text}</span>` : text;
  };
  const bad = room.health && room.health !== "fine";
  return html`<div class="row runs" role="row">
    <strong role="cell">${room.room}</strong><span role="cell" class="mono">${room.heartbeat_age === null ? t("room.not_checked") : `${room.heartbeat_age.toFixed(0)} s`}</span>
    <span role="cell" class="mono">${said("version")}</span><span role="cell" class="mono">${said("pack")}</span><span role="cell" class="mono">${said("geography")}</span><span role="cell" class="mono">${room.settings.slice(0, 8) || "–"}</span>
    <span role="cell" class="cut">${bad ? html`<${Sign} name=${SIGN[/** @type {"degraded"} */ (room.health)]} /> ${t(`watch.state.${room.health}`)}: ${room.bad.map(checkName).join(", ")}` : room.health ? t("watch.state.fine") : t("watch.not_said")}</span>
  </div>`;
}
