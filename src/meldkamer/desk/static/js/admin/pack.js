// Inrichting: question sets, code lists, norms and run cards; what counts, what comes, and who says so. Two people for every change.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { Lost, Problem, get } from "../api.js";
import { Sign } from "../icons.js";
import { Panel, Table } from "../steering/marks.js";
import { sayProblem, t } from "../words.js";
import { Twice, moment, move, useSending } from "./parts.js";
import { forget, momentOf, open, packs, textOf, write, written } from "./pack_store.js";

const SORTS = ["codes", "norms", "questions", "runcards"];
/** Of a file that is not there yet. */
const NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const MOST = 250_000;

export function Pack() {
  const told = packs.value;
  if (!told) return html`<p class="empty" role="status">${t("link.loading")}</p>`;
  const waiting = told.changes.filter((c) => c.state === "waiting" || c.state === "outdated");
  const coming = told.changes.filter((c) => c.state === "coming");
  const over = told.changes.filter((c) => !waiting.includes(c) && !coming.includes(c));
  const at = open.value;
  return html`<div class="sheets people">
    <div class="stack">
      ${told.problem && html`<p class="wrong" role="alert"><${Sign} name="warn" /> <span lang="en">${told.problem}</span></p>`}
      <${Panel} id="pack-waiting" title="${t("admin.pack.waiting")} ${waiting.length}">${waiting.length ? html`<${Changes} label=${t("admin.pack.waiting")} of=${waiting} />` : html`<p class="note">${t("admin.pack.none_waiting")}</p>`}<//>
      ${coming.length > 0 && html`<${Panel} id="pack-coming" title="${t("admin.pack.coming")} ${coming.length}"><${Changes} label=${t("admin.pack.coming")} of=${coming} /><//>`}
      <${Panel} id="pack-files" title=${t("admin.pack.files")} note=${told.hash.slice(0, 12)}><${Files} files=${told.files} /><//>
      ${over.length > 0 && html`<${Panel} id="pack-over" title=${t("admin.pack.over")}><${Changes} label=${t("admin.pack.over")} of=${over} /><//>`}
    </div>
    <div class="stack">${at === null ? html`<${Panel} id="pack-nothing" title=${t("admin.pack.nothing")}><p class="note">${t("admin.pack.choose")}</p><${NewSet} /><//>`
      : "file" in at ? html`<${Writing} key=${at.file} file=${at.file} />` : html`<${Change} key=${at.change} of=${at.change} />`}</div>
  </div>`;
}

/** @param {{files: import("./pack_store.js").PackFile[]}} props */
function Files({ files }) {
  const sorts = SORTS.map((sort) => files.filter((f) => f.sort === sort));
  return html`<div onKeyDown=${move}><${Table} label=${t("admin.pack.files")}>
    <thead><tr><th scope="col">${t("admin.pack.file")}</th><th scope="col">${t("admin.pack.sort")}</th><th scope="col">${t("admin.pack.since")}</th><th scope="col">${t("admin.pack.by")}</th></tr></thead>
    <tbody>${sorts.flat().map((f) => html`<tr key=${f.file}>
      <th scope="row"><button class="plain mono" id="file-${f.file}" onClick=${() => (open.value = { file: f.file })}>${f.file}</button></th>
      <td>${t(`admin.pack.sort.${f.sort}`)}${f.newest !== f.in_force && html` <span class="chip">${t("admin.pack.changes_soon")}</span>`}</td>
      <td>${f.since ? moment(f.since) : html`<span class="absent">${t("admin.pack.of_folder")}</span>`}</td><td>${f.by && `${f.by}, ${f.approved_by}`}</td></tr>`)}</tbody><//></div>`;
}

/** @param {{label: string, of: import("./pack_store.js").PackChange[]}} props */
function Changes({ label, of }) {
  return html`<div onKeyDown=${move}><${Table} label=${label}><thead><tr><th scope="col">${t("admin.pack.file")}</th><th scope="col">${t("admin.people.state")}</th><th scope="col">${t("admin.pack.by")}</th><th scope="col">${t("admin.reason")}</th></tr></thead>
    <tbody>${of.map((c) => html`<tr key=${c.change}><th scope="row"><button class="plain mono" id="change-${c.change}" onClick=${() => (open.value = { change: c.change })}>${c.file}</button></th>
      <td>${t(`admin.pack.state.${c.state}`)}${c.approved_by && html` <span class="second">${moment(c.effective)}</span>`}</td><td>${[c.by, c.approved_by].filter(Boolean).join(", ")}</td><td>${c.reason}</td></tr>`)}</tbody><//></div>`;
}

/** A question set that is not there yet. */
function NewSet() {
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    const name = String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("name"));
    open.value = { file: `questions/${name}.toml` };
  }
  return html`<form class="form" onSubmit=${submit}><label for="new-set">${t("admin.pack.new_set")}</label><input id="new-set" name="name" required pattern="[a-z0-9][a-z0-9_\\-]*" maxlength="60" autocomplete="off" />
    <div class="wide buttons"><button type="submit">${t("admin.pack.begin")} <kbd>Enter</kbd></button></div></form>`;
}

/** Every mistake with its place; Enter leads to the row. @param {{faults: import("./pack_store.js").Fault[], to: (row: number) => void}} props */
function Faults({ faults, to }) {
  return html`<div class="faults" role="alert"><p class="wrong"><${Sign} name="warn" /> ${t("admin.pack.faults", { count: faults.length })}</p>
    <div onKeyDown=${move}><${Table} label=${t("admin.pack.faults", { count: faults.length })}><thead><tr><th scope="col">${t("admin.pack.file")}</th><th scope="col">${t("admin.pack.row")}</th><th scope="col">${t("admin.pack.field")}</th><th scope="col">${t("admin.pack.wrong")}</th></tr></thead>
    <tbody>${faults.map((f, n) => html`<tr key=${n}><td class="mono">${f.file}</td><td><button type="button" class="plain" onClick=${() => to(f.row)}>${f.row || "–"}</button></td><td class="mono">${f.column || "–"}</td><td lang="en">${f.message}</td></tr>`)}</tbody><//></div></div>`;
}

/** What goes and what comes, each with its word: colour is only an addition. @param {{lines: import("./pack_store.js").DiffLine[]}} props */
function Difference({ lines }) {
  if (!lines.length) return html`<p class="note">${t("admin.pack.no_difference")}</p>`;
  const count = (/** @type {string} */ kind) => lines.filter((l) => l.kind === kind).length;
  return html`<p id="counts">${t("admin.pack.counts", { gone: count("gone"), fresh: count("new") })}</p>
    <${Table} label=${t("admin.pack.difference")}><thead><tr><th scope="col">${t("admin.pack.old_row")}</th><th scope="col">${t("admin.pack.new_row")}</th><th scope="col">${t("admin.people.state")}</th><th scope="col">${t("admin.pack.text")}</th></tr></thead>
    <tbody class="difference">${lines.map((l, n) => l.kind === "skip"
      ? html`<tr key=${n} class="skip"><td colspan="4">${t("admin.pack.skip", { count: l.old })}</td></tr>`
      : html`<tr key=${n} class=${l.kind}><td>${l.old || ""}</td><td>${l.new || ""}</td><td class="nobr">${MARK[l.kind]} ${t(`admin.pack.line.${l.kind}`)}</td><td class="mono">${l.kind === "gone" ? html`<del>${l.text || " "}</del>` : l.kind === "new" ? html`<ins>${l.text || " "}</ins>` : l.text || " "}</td></tr>`)}</tbody><//>`;
}
/** @type {Record<string, string>} */
const MARK = { same: "=", gone: "−", new: "+" };

/** @param {unknown} error */
function why(error) {
  if (error instanceof Problem) return sayProblem(error.body);
  if (error instanceof Lost) return t("steering.lost");
  throw error;
}

/** @param {{file: string}} props */
function Writing({ file }) {
  const there = packs.value?.files.find((f) => f.file === file);
  const mine = written.value[file];
  const [failed, setFailed] = useState("");
  const [tried, setTried] = useState(/** @type {{faults: import("./pack_store.js").Fault[], lines: import("./pack_store.js").DiffLine[]} | null} */ (null));
  const [said, busy, send, say] = useSending();
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const newest = there?.newest ?? NOTHING;
  useEffect(() => {
    if (mine) return;
    if (newest === NOTHING) write(file, { text: "", before: NOTHING });
    else textOf(file, newest).then((text) => write(file, { text, before: newest }), (error) => setFailed(why(error)));
  }, [mine === undefined, newest]);
  useEffect(() => field.current?.focus(), [mine === undefined]);
  if (failed) return html`<${Panel} id="pack-writing" title=${file}><p class="wrong" role="alert">${failed}</p><//>`;
  if (!mine) return html`<${Panel} id="pack-writing" title=${file}><p role="status">${t("link.loading")}</p><//>`;
  const stale = mine.before !== newest;

  /** @param {string} text */
  const set = (text) => { write(file, { ...mine, text }); setTried(null); };
  /** @param {number} row */
  function to(row) {
    const area = field.current;
    if (!area) return;
    const lines = area.value.split("\n");
    const start = lines.slice(0, Math.max(0, row - 1)).reduce((sum, line) => sum + line.length + 1, 0);
    area.focus();
    area.setSelectionRange(start, start + (row ? (lines[row - 1]?.length ?? 0) : 0));
    area.scrollTop = Math.max(0, row - 5) * (area.scrollHeight / lines.length);
  }
  /** @param {Event} e */
  async function load(e) {
    const chosen = /** @type {HTMLInputElement} */ (e.target).files?.[0];
    if (!chosen) return;
    if (chosen.size > MOST) return say(t("admin.pack.too_large"));
    try {
      set(new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer()));
      say(t("admin.pack.read_file", { name: chosen.name }));
    } catch {
      say(t("admin.pack.not_text"));
    }
  }
  async function check() {
    const found = await send("/api/admin/pack/check", { file, text: mine.text });
    if (!found) return;
    setTried(found);
    say(found.faults.length ? "" : t("admin.pack.good"));
  }
  /** @param {SubmitEvent} e */
  async function submit(e) {
    e.preventDefault();
    const reason = String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("reason")).trim();
    const id = crypto.randomUUID().replaceAll("-", "");
    const found = await send("/api/admin/pack/changes", { id, file, text: mine.text, before: mine.before, reason });
    if (!found) return;
    setTried(found);
    say("");
    if (!found.kept) return;
    forget(file);
    open.value = { change: id };
  }
  return html`<${Panel} id="pack-writing" title=${file}>
    ${stale && html`<p class="wrong" role="alert"><${Sign} name="warn" /> ${t("admin.pack.stale")}</p>`}
    <form class="form" onSubmit=${submit}>
      <label for="pack-text">${t("admin.pack.text")}</label><textarea id="pack-text" class="mono wide" ref=${field} spellcheck=${false} wrap="off" rows="20" value=${mine.text} onInput=${(/** @type {any} */ e) => set(e.target.value)}></textarea>
      <label for="pack-load">${t("admin.pack.load")}</label><input id="pack-load" type="file" accept=".csv,.toml,text/plain" onChange=${load} />
      <label for="pack-reason">${t("admin.reason")}</label><input id="pack-reason" name="reason" required minlength="3" maxlength="1000" autocomplete="off" />
      <div class="wide buttons"><button type="button" id="pack-check" disabled=${busy} onClick=${check}>${t("admin.pack.check")}</button><button type="submit" id="pack-propose" disabled=${busy}>${t("admin.pack.propose")} <kbd>Enter</kbd></button>
        <button type="button" id="pack-drop" onClick=${() => { forget(file); setTried(null); }}>${t("admin.pack.begin_again")}</button></div>
      <p class="wide" role="status">${said}</p>
    </form>
    ${tried && (tried.faults.length ? html`<${Faults} faults=${tried.faults} to=${to} />` : html`<${Difference} lines=${tried.lines} />`)}
    <p class="note">${t("admin.pack.note")}</p>
  <//>`;
}

/** @param {{of: string}} props */
function Change({ of }) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const [failed, setFailed] = useState("");
  const state = packs.value?.changes.find((c) => c.change === of)?.state;
  useEffect(() => {
    get(`/api/admin/pack/changes/${of}`).then(setFound, (error) => setFailed(why(error)));
  }, [of, state]);
  if (failed) return html`<${Panel} id="pack-change" title=${t("admin.pack.change")}><p class="wrong" role="alert">${failed}</p><//>`;
  if (!found) return html`<${Panel} id="pack-change" title=${t("admin.pack.change")}><p role="status">${t("link.loading")}</p><//>`;
  /** @type {import("./pack_store.js").PackChange} */
  const c = found.change;
  return html`<${Panel} id="pack-change" title=${c.file}>
    <table><tbody>
      <tr><th scope="row">${t("admin.people.state")}</th><td id="pack-state">${t(`admin.pack.state.${c.state}`)}</td></tr>
      <tr><th scope="row">${t("admin.pack.proposed")}</th><td>${c.by}, ${c.room}, ${moment(c.at)}</td></tr>
      <tr><th scope="row">${t("admin.reason")}</th><td>${c.reason}</td></tr>
      ${c.approved_by && html`<tr><th scope="row">${t("admin.pack.approved")}</th><td>${c.approved_by}, ${moment(c.approved)}</td></tr><tr><th scope="row">${t("admin.pack.effective")}</th><td id="pack-effective">${moment(c.effective)}</td></tr>`}
      ${c.withdrawn_by && html`<tr><th scope="row">${t("admin.pack.withdrawn")}</th><td>${c.withdrawn_by}, ${moment(c.withdrawn)}: ${c.why}</td></tr>`}
    </tbody></table>
    ${c.state === "waiting" && (c.own ? html`<p class="note"><${Sign} name="lock" /> ${t("admin.pack.own")}</p>` : html`<${ApproveForm} c=${c} />`)}
    ${c.state === "outdated" && html`<p class="note"><${Sign} name="warn" /> ${t("admin.pack.outdated")}</p>`}
    ${["waiting", "outdated", "coming"].includes(c.state) && html`<${WithdrawForm} c=${c} />`}
    ${(c.state === "in_force" || c.state === "past") && c.before !== NOTHING && html`<${Revert} c=${c} />`}
    <h3>${t("admin.pack.difference")}</h3><${Difference} lines=${found.lines} />
  <//>`;
}

/** @param {{c: import("./pack_store.js").PackChange}} props */
function ApproveForm({ c }) {
  const [said, busy, send, say] = useSending();
  const [typed, setTyped] = useState("");
  function approve() {
    const effective = momentOf(typed);
    if (effective !== null) return send(`/api/admin/pack/changes/${c.change}/approve`, { effective });
    say(t("admin.pack.no_moment"));
    return /** @type {HTMLElement | null} */ (document.querySelector("#pack-from"))?.focus();
  }
  return html`<form class="form" onSubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
    <label for="pack-from">${t("admin.pack.from")}</label><input id="pack-from" value=${typed} maxlength="16" autocomplete="off" placeholder="2026-01-31 06:00" aria-describedby="pack-from-note" onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} />
    <p class="wide note" id="pack-from-note">${t("admin.pack.from_note")}</p>
    <div class="wide buttons"><${Twice} id="pack-approve" disabled=${busy} act=${approve}>${t("admin.pack.approve")}<//></div><p class="wide" role="status">${said}</p></form>`;
}

/** @param {{c: import("./pack_store.js").PackChange}} props */
function WithdrawForm({ c }) {
  const [said, busy, send] = useSending();
  /** @param {SubmitEvent} e */
  function submit(e) {
    e.preventDefault();
    send(`/api/admin/pack/changes/${c.change}/withdraw`, { reason: String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get("reason")).trim() });
  }
  return html`<form class="form" onSubmit=${submit}><label for="pack-why">${t("admin.reason")}</label><input id="pack-why" name="reason" required minlength="3" maxlength="1000" autocomplete="off" />
    <div class="wide buttons"><button type="submit" id="pack-withdraw" disabled=${busy}>${t("admin.pack.withdraw")}</button></div><p class="wide" role="status">${said}</p></form>`;
}

/** Back to what counted before: a change of its own, on the newest text. @param {{c: import("./pack_store.js").PackChange}} props */
function Revert({ c }) {
  const [failed, setFailed] = useState("");
  async function back() {
    try {
      const newest = packs.value?.files.find((f) => f.file === c.file)?.newest ?? NOTHING;
      write(c.file, { text: await textOf(c.file, c.before), before: newest });
      open.value = { file: c.file };
    } catch (error) {
      setFailed(why(error));
    }
  }
  return html`<p class="buttons"><button type="button" id="pack-revert" onClick=${back}>${t("admin.pack.revert")}</button></p>${failed && html`<p class="wrong" role="alert">${failed}</p>`}`;
}
