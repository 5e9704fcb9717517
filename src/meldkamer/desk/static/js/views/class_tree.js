// The classes as a tree of three levels, walked with the arrow keys: for whoever does not know the word.
import { html, useEffect, useRef, useState } from "../../vendor/preact.js";
import { t } from "../words.js";
import { useInView } from "./operator.js";

/** @param {{classes: any[], at: string, take: (c: any) => void, leave: () => void}} props */
export function ClassTree({ classes, at, take, leave }) {
  const first = parts(classes.find((c) => c.code === at)?.name ?? "");
  const [path, setPath] = useState(first.slice(0, -1));
  const [chosen, setChosen] = useState(first.at(-1) ?? "");
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.focus(), []);
  const here = classes.filter((c) => {
    const names = parts(c.name);
    return names.length === path.length + 1 && path.every((name, n) => names[n] === name);
  });
  const row = Math.max(0, here.findIndex((c) => parts(c.name).at(-1) === chosen));
  const deeper = (/** @type {any} */ c) => classes.some((other) => other.name.startsWith(`${c.name} / `));

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.key === "ArrowDown") setChosen(last(here[Math.min(here.length - 1, row + 1)]));
    else if (event.key === "ArrowUp") setChosen(last(here[Math.max(0, row - 1)]));
    else if (event.key === "ArrowRight") { if (deeper(here[row])) { setPath([...path, last(here[row])]); setChosen(""); } }
    else if (event.key === "ArrowLeft") { if (path.length) { setChosen(path.at(-1) ?? ""); setPath(path.slice(0, -1)); } }
    else if (event.key === "Enter" && !event.ctrlKey) take(here[row]);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return html`<div class="hits tree">
    <div class="second">${path.length ? path.join(" / ") : t("tree.top")}</div>
    <div id="class-tree" ref=${box} tabindex="0" role="listbox" aria-label=${t("tree.title")} aria-activedescendant=${`class-${here[row]?.code}`} onKeyDown=${keys}>
      ${here.map((c, n) => html`<${Branch} key=${c.code} of=${c} selected=${n === row} deeper=${deeper(c)} take=${() => take(c)} />`)}
    </div>
  </div>`;
}

/** @param {{of: any, selected: boolean, deeper: boolean, take: () => void}} props */
function Branch({ of, selected, deeper, take }) {
  const place = useInView(selected);
  return html`<div ref=${place} id=${`class-${of.code}`} class="branch ${selected ? "selected" : ""}" role="option" aria-selected=${selected} onClick=${take}>${last(of)} <span class="mono second">${of.code} · ${of.priority}${deeper ? " →" : ""}</span></div>`;
}

/** @param {string} name */
const parts = (name) => name.split(" / ").filter(Boolean);

/** The name of a class on its own level. @param {any} c */
const last = (c) => parts(c.name).at(-1) ?? "";
