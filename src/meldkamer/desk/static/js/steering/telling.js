// Forms for what people hear of services: an outage from a supplier, maintenance that is planned. Probes tell it by themselves.
import { html, useState } from "../../vendor/preact.js";
import { newId } from "../api.js";
import { session } from "../stores.js";
import { t } from "../words.js";
import { nameOf } from "./marks.js";
import { useSending } from "./proposing.js";

const STATES = ["down", "degraded", "up"];

/** @param {{services: any[], rooms: any[], roles: any[]}} props */
export function ServiceForms({ services, rooms, roles }) {
  const rights = session.value.rights;
  if (!rights.includes("steer")) return "";
  return html`<${ReportForm} services=${services} rooms=${rooms} /><${MaintenanceForm} services=${services} rooms=${rooms} roles=${roles} />`;
}

/** @param {{id: string, rooms: any[]}} props */
const Where = ({ id, rooms }) => html`<label for=${id}>${t("steering.tell.where")}</label><select id=${id} name="room"><option value="">${t("steering.tell.everywhere")}</option>${rooms.map((r) => html`<option value=${r.room}>${r.room} ${r.name}</option>`)}</select>`;

/** @param {{id: string, services: any[]}} props */
const Which = ({ id, services }) => html`<label for=${id}>${t("steering.cont.service")}</label><select id=${id} name="service">${services.map((s) => html`<option value=${s.service}>${nameOf(s)}</option>`)}</select>`;

/** @param {FormData} given */
const roomsOf = (given) => (given.get("room") ? [String(given.get("room"))] : []);

/** @param {{services: any[], rooms: any[]}} props */
function ReportForm({ services, rooms }) {
  const [said, busy, send] = useSending();
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    const report = { service: given.get("service"), state: given.get("state"), rooms: roomsOf(given), reason: given.get("reason") };
    if (await send("/api/services/reports", { id: newId(), reports: [report] })) form.reset();
  }
  return html`<h3>${t("steering.tell.report")}</h3><form id="tell" class="form" onSubmit=${submit}>
    <${Which} id="tell-service" services=${services} />
    <label for="tell-state">${t("steering.cont.now")}</label><select id="tell-state" name="state">${STATES.map((s) => html`<option value=${s}>${t(`steering.service.${s}`)}</option>`)}</select>
    <${Where} id="tell-room" rooms=${rooms} />
    <label for="tell-reason">${t("steering.lines.reason")}</label><input id="tell-reason" name="reason" required maxlength="200" autocomplete="off" />
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("steering.tell.send")} <kbd>Enter</kbd></button><span role="status">${said}</span></div>
  </form>`;
}

/** @param {{services: any[], rooms: any[], roles: any[]}} props */
function MaintenanceForm({ services, rooms, roles }) {
  const [said, busy, send] = useSending();
  const [wrong, setWrong] = useState("");
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const form = /** @type {HTMLFormElement} */ (e.target);
    const given = new FormData(form);
    const [since, until] = ["since", "until"].map((name) => new Date(String(given.get(name))).getTime());
    if (!(since < until)) return setWrong(t("steering.tell.ends_before"));
    setWrong("");
    const words = Object.fromEntries(["reason", "risk", "way_back", "approved_by"].map((name) => [name, given.get(name)]));
    const command = { type: "plan_maintenance", service: given.get("service"), rooms: roomsOf(given), since, until, ...words };
    if (await send("/api/commands", { command_id: newId(), command })) form.reset();
    return undefined;
  }
  return html`<h3>${t("steering.tell.maintenance")}</h3><p class="note">${t("steering.tell.maintenance_note")}</p><form id="maintenance" class="form" onSubmit=${submit}>
    <${Which} id="work-service" services=${services} /><${Where} id="work-room" rooms=${rooms} />
    <label for="work-since">${t("steering.tell.since")}</label><input id="work-since" name="since" type="datetime-local" required />
    <label for="work-until">${t("steering.tell.until")}</label><input id="work-until" name="until" type="datetime-local" required />
    <label for="work-reason">${t("steering.lines.reason")}</label><input id="work-reason" name="reason" required maxlength="200" autocomplete="off" />
    <label for="work-risk">${t("steering.tell.risk")}</label><input id="work-risk" name="risk" maxlength="200" autocomplete="off" />
    <label for="work-back">${t("steering.tell.way_back")}</label><input id="work-back" name="way_back" maxlength="200" autocomplete="off" />
    <label for="work-by">${t("steering.tell.approved_by")}</label><select id="work-by" name="approved_by"><option value="">${t("steering.tell.nobody")}</option>${roles.map((r) => html`<option value=${r.id}>${nameOf(r)}</option>`)}</select>
    <div class="wide buttons"><button type="submit" disabled=${busy}>${t("steering.tell.announce")} <kbd>Enter</kbd></button><span role="status">${wrong || said}</span></div>
  </form>`;
}
