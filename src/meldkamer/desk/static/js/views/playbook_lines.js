// On the coordinator's screen: which playbooks run, which are asked for by what is wrong, and the way to them.
import { html } from "../../vendor/preact.js";
import { Sign } from "../icons.js";
import { offers } from "../playbook_offers.js";
import { coordinates, goToPlaybook, itemsOf, nameOf, openRuns, runName, ticked } from "../playbooks.js";
import { now, session } from "../stores.js";
import { t } from "../words.js";

const MOST = 4;

export function PlaybookLines() {
  if (!coordinates.value) return "";
  const open = openRuns.value;
  const asked = offers.value;
  const lines = [
    ...open.map((run) => {
      const late = itemsOf(run, now.value).filter((i) => !i.tick && i.late > 0).length;
      const sign = late ? "warn" : run.holder === session.value.room ? "tick" : "foreign";
      return { key: `run ${run.run}`, sign, name: `${runName(run)}${run.about ? ` · ${run.about}` : ""}`, more: `${t("playbook.progress", { done: ticked(run), all: run.steps.length + run.tell.length, room: run.holder })}${late ? ` · ${t("playbook.late_count", { n: late })}` : ""}` };
    }),
    ...asked.map((o) => ({ key: o.key, sign: "warn", name: `${nameOf(o.book)}${o.about ? ` · ${o.about}` : ""}`, more: o.text })),
  ];
  return html`<h2 class="title">${t("playbook.title")} ${open.length}<span class="grow"></span><button id="all-playbooks" onClick=${() => goToPlaybook("")}>${t("playbook.all")} <kbd>d</kbd></button></h2>
    <div class="playbook-lines">${lines.slice(0, MOST).map((l) => html`<button key=${l.key} onClick=${() => goToPlaybook(l.key)}><${Sign} name=${l.sign} /> <strong>${l.name}</strong> <span class="second">${l.more}</span></button>`)}
      ${lines.length > MOST && html`<span class="second">${t("playbook.more", { n: lines.length - MOST })}</span>`}</div>`;
}
