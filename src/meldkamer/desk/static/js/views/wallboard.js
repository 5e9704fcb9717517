// The wall: every room on one scale, for whoever walks by. Counts and words only; what a room is, never who or where.
import { html, signal, useEffect } from "../../vendor/preact.js";
import { Problem, get } from "../api.js";
import { Sign } from "../icons.js";
import { session } from "../stores.js";
import { age, clockTime, t } from "../words.js";

const EVERY = 2000;
const LOST = 6000;
/** Below this share within the norm it is worth a look. */
const SHARE = 0.9;

/** @type {import("../../vendor/preact.js").Signal<any>} */
const view = signal(null);
const heard = signal(0);
const clock = signal(Date.now());

/** Ask for as long as the wall hangs; returns how to stop. */
function follow() {
  let offset = 0;
  async function ask() {
    try {
      view.value = await get("/api/wallboard");
      offset = view.value.now - Date.now();
      heard.value = Date.now();
    } catch (error) {
      if (error instanceof Problem && error.body.status === 401) session.value = null;
    }
  }
  ask();
  const timers = [setInterval(ask, EVERY), setInterval(() => (clock.value = Date.now() + offset), 500)];
  return () => timers.forEach(clearInterval);
}

export function Wallboard() {
  useEffect(follow, []);
  const v = view.value;
  // The clock is that of the room; how long nothing was heard is by this screen's own.
  clock.value;
  const lost = heard.value > 0 && Date.now() - heard.value > LOST;
  if (!v) return html`<main class="wall"><header><h1>${t("wall.title")}</h1></header><p class="empty" role="status">${t("link.loading")}</p></main>`;
  const rooms = /** @type {any[]} */ (v.rooms);
  return html`<main class="wall ${lost ? "lost" : ""}">
    <header><h1>${t("wall.title")}</h1><span class="grow"></span><span class="dim">${t("wall.norm", { n: v.norm })}</span><time class="mono">${clockTime(clock.value)}</time></header>
    ${lost ? html`<div class="band lost" role="alert"><${Sign} name="alarm" /> ${t("wall.lost", { time: clockTime(v.now) })}</div>` : html`<div></div>`}
    <table aria-label=${t("wall.title")}>
      <thead><tr><th scope="col">${t("wall.room")}</th><th scope="col" class="w">${t("wall.waiting")}</th><th scope="col" class="l">${t("wall.longest")}</th><th scope="col" class="i">${t("wall.incidents")}</th><th scope="col" class="u">${t("wall.units")}</th><th scope="col" class="n">${t("wall.in_norm")}</th><th scope="col">${t("wall.state")}</th></tr></thead>
      <tbody>${rooms.map((r) => html`<${Row} key=${r.room} r=${r} norm=${v.norm} />`)}</tbody>
    </table>
    <${Foot} rooms=${rooms} unserved=${v.unserved} />
  </main>`;
}

/** @param {{r: any, norm: number}} props */
function Row({ r, norm }) {
  const late = r.longest > norm;
  const share = r.answered ? r.in_norm / r.answered : null;
  const low = share !== null && share < SHARE;
  return html`<tr class=${r.state === "up" ? "" : "down"} data-room=${r.room}>
    <th scope="row">${r.room}</th>
    <td class=${r.waiting ? "busy" : "dim"}>${r.waiting}</td>
    <td class=${late ? "warn" : "dim"}>${late && html`<${Sign} name="warn" />`}${r.waiting ? age(r.longest * 1000) : "–"}</td>
    <td class=${r.incidents ? "" : "dim"}>${r.p1}/${r.incidents}</td>
    <td class=${r.units && r.free < r.units ? "" : "dim"}>${r.free}/${r.units}</td>
    <td class=${low ? "warn" : share === null ? "dim" : ""}>${low && html`<${Sign} name="warn" />`}${share === null ? "–" : `${Math.floor(share * 100)} %`}</td>
    <td><${State} r=${r} /></td>
  </tr>`;
}

/** What is out of the ordinary, the worst first; nothing when all is well. @param {{r: any}} props */
function State({ r }) {
  if (r.state !== "up") return html`<span class="alarm"><${Sign} name="alarm" /> ${t(`wall.${r.state}`)}${r.served_by.length ? ` → ${r.served_by.join(" ")}` : ""}</span>`;
  if (r.stuck) return html`<span class="alarm"><${Sign} name="alarm" /> ${t("wall.stuck", { n: r.stuck })}</span>`;
  if (r.overflow || r.away) return html`<span class="warn"><${Sign} name="warn" /> ${t("wall.overflow", { n: r.away })}</span>`;
  if (r.peak) return html`<span class="warn"><${Sign} name="warn" /> ${t("wall.peak")}</span>`;
  if (r.served_by.length) return html`<span class="other"><${Sign} name="foreign" /> ${t("wall.served_by", { rooms: r.served_by.join(" ") })}</span>`;
  if (r.serves.length) return html`<span class="other"><${Sign} name="foreign" /> ${t("wall.serves", { rooms: r.serves.join(" ") })}</span>`;
  return null;
}

/** All rooms together; an emergency button is the only thing that is louder. @param {{rooms: any[], unserved: number}} props */
function Foot({ rooms, unserved }) {
  const sum = (/** @type {string} */ name) => rooms.reduce((n, r) => n + r[name], 0);
  const pressed = rooms.filter((r) => r.emergencies);
  if (pressed.length) return html`<footer class="alarm" role="alert"><${Sign} name="alarm" /> <strong>${t("wall.emergency", { rooms: pressed.map((r) => r.room).join(" "), n: sum("emergencies") })}</strong></footer>`;
  return html`<footer><span>${t("wall.all")}</span><span>${t("wall.all_waiting", { n: sum("waiting") })}</span><span>${t("wall.all_incidents", { p1: sum("p1"), n: sum("incidents") })}</span><span>${t("wall.all_free", { n: sum("free") })}</span>
    ${unserved > 0 && html`<span class="alarm"><${Sign} name="alarm" /> ${t("wall.unserved", { n: unserved })}</span>`}</footer>`;
}
