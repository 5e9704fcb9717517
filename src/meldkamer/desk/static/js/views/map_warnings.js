// Address warnings on the map: that there is one, seen by whom it is for and by nobody else. What it says is read one at a time,
// which is recorded: by a click on its mark, or by keys.
import { computed, html, signal } from "../../vendor/preact.js";
import { Feature, Point, Style, VectorLayer, VectorSource } from "../../vendor/ol.js";
import { Problem } from "../api.js";
import { codeOf } from "../attention_language.js";
import { drawing } from "../closures.js";
import { outcome } from "../commands.js";
import { sketch } from "../drawings.js";
import { Sign } from "../icons.js";
import { now } from "../stores.js";
import { dayOf, placeOf } from "../warning_language.js";
import { looking, readWords, rows, words } from "../warnings.js";
import { language, sayProblem, t } from "../words.js";
import { KnownWarning } from "./at_place_warnings.js";
import { token } from "./map_marks.js";

/** Metres a pixel beyond which a mark is small, open and without its letters: many stand close together. */
const FAR = 150;
/** Pixels between a place and the middle of its mark, which stands below it: an incident covers the place itself. */
const BELOW = 22;
/** So many pixels from the middle of a mark is on it. */
const ON = 14;
/** The widest that one may hold around its place is still drawn when the place itself is this far out of sight (pixels). */
const BEYOND = 2000;

/** The last list, given again while the same ones stand. @type {any[]} */
let before = [];
/** What stands at the time that is shown, of what is for whoever sits here. */
const standing = computed(() => {
  const found = (rows.value ?? []).filter((w) => w.standing === "stands" && w.over > now.value && w.location.x != null);
  if (found.length !== before.length || found.some((w, n) => w !== before[n])) before = found;
  return before;
});
/** The one that is chosen. */
const chosen = signal("");
/** The one under the mouse. */
const pointed = signal("");

/** A triangle whose tip points at the place, in the colour of what to look out for. */
const MARK = new Style({
  renderer(at, state) {
    const [x, y] = /** @type {[number, number]} */ (at);
    const ratio = state.pixelRatio;
    const w = state.feature.get("row");
    const named = chosen.peek() === w.ref || pointed.peek() === w.ref;
    const far = state.resolution > FAR && !named;
    const half = (far ? 6 : 10) * ratio;
    const middle = y + BELOW * ratio;
    const paint = state.context;
    paint.lineJoin = "round";
    paint.beginPath();
    paint.moveTo(x, middle - half);
    paint.lineTo(x + half, middle + half * 0.8);
    paint.lineTo(x - half, middle + half * 0.8);
    paint.closePath();
    paint.strokeStyle = token("bg1");
    paint.lineWidth = 5 * ratio;
    paint.stroke();
    paint.fillStyle = token(far ? "bg1" : "warn");
    paint.fill();
    paint.strokeStyle = token("warn");
    paint.lineWidth = 2 * ratio;
    paint.stroke();
    if (far) return;
    const radius = ((w.location.radius ?? 0) / state.resolution) * ratio;
    if (radius > half) {
      paint.setLineDash([3 * ratio, 5 * ratio]);
      paint.beginPath();
      paint.arc(x, y, radius, 0, 2 * Math.PI);
      paint.stroke();
      paint.setLineDash([]);
    }
    paint.textAlign = "center";
    paint.textBaseline = "middle";
    paint.font = `700 ${13 * ratio}px "Atkinson Hyperlegible Mono", monospace`;
    paint.fillStyle = token("bg1");
    paint.fillText("!", x, middle + 2 * ratio);
    if (chosen.peek() === w.ref) {
      paint.strokeStyle = token("focus");
      paint.lineWidth = 3 * ratio;
      paint.strokeRect(x - half - 5 * ratio, middle - half - 4 * ratio, 2 * half + 10 * ratio, 2 * half + 7 * ratio);
    }
    const said = named ? `${t("map.warning")} ${codeOf(w.ref)} ${placeOf(w)}` : codeOf(w.ref);
    paint.textAlign = "left";
    paint.font = `700 ${(named ? 15 : 13) * ratio}px "Atkinson Hyperlegible ${named ? "Next" : "Mono"}", sans-serif`;
    paint.strokeStyle = token("bg1");
    paint.lineWidth = 4 * ratio;
    paint.strokeText(said, x + half + 8 * ratio, middle);
    paint.fillStyle = token("t1");
    paint.fillText(said, x + half + 8 * ratio, middle);
  },
});

/** Read what one says; that it was read is recorded. @param {any} w */
async function read(w) {
  try {
    await readWords(w.ref);
  } catch (e) {
    outcome.value = { text: e instanceof Problem ? sayProblem(e.body) : t("link.none"), bad: true };
  }
}

/** The marks, and what lets them follow what is said of warnings for as long as a map shows them. */
export function warningMarks() {
  const source = new VectorSource();
  const layer = new VectorLayer({ source, style: MARK, renderBuffer: BEYOND });
  /** Where the map was when somebody began to go along them. @type {number[] | null} */
  let began = null;

  /** @param {import("../../vendor/ol.js").OlMap} map @param {HTMLElement} place where its keys are pressed @returns {() => void} what ends it */
  function follow(map, place) {
    /** Those under a point. @param {number[]} at */
    const under = (at) => {
      const metres = map.getView().getResolution() ?? 1;
      return standing.peek().filter((w) => Math.hypot(w.location.x - at[0], w.location.y - BELOW * metres - at[1]) <= ON * metres);
    };
    const busy = () => sketch.peek() !== null || drawing.peek() !== null;
    /** @param {any} w */
    const choose = (w) => {
      chosen.value = w?.ref ?? "";
      if (!w) began = null;
    };

    /** The next one, the nearest to where the map was first. */
    function next() {
      if (!standing.peek().length) return void (outcome.value = { text: t("warning.none"), bad: false });
      const view = map.getView();
      const from = (began ??= /** @type {number[]} */ (view.getCenter()));
      const away = (/** @type {any} */ w) => Math.hypot(w.location.x - from[0], w.location.y - from[1]);
      const order = [...standing.peek()].sort((a, b) => away(a) - away(b) || a.ref.localeCompare(b.ref));
      const w = order[(order.findIndex((one) => one.ref === chosen.peek()) + 1) % order.length];
      const [left, bottom, right, top] = view.calculateExtent();
      const { x, y } = w.location;
      if (x < left || x > right || y < bottom || y > top) view.setCenter([x, y]);
      choose(w);
    }

    /** @param {KeyboardEvent} event */
    function key(event) {
      if (event.ctrlKey || event.altKey) return;
      const w = standing.peek().find((one) => one.ref === chosen.peek());
      if (event.key === "a") next();
      else if (event.key === "Escape") choose(null);
      else if (event.key === "Enter" && w && !busy()) read(w);
    }
    map.on("click", (event) => {
      if (busy()) return;
      // Of several at one place every click chooses another.
      const hits = under(event.coordinate);
      const w = hits[(hits.findIndex((one) => one.ref === chosen.peek()) + 1) % hits.length];
      choose(w);
      if (w) read(w);
    });
    map.on("pointermove", (event) => {
      if (event.dragging) return;
      const [w] = under(event.coordinate);
      pointed.value = w?.ref ?? "";
    });
    place.addEventListener("keydown", key);
    looking.value = true;
    const stop = [
      standing.subscribe((all) => {
        source.clear();
        source.addFeatures(all.map((w) => {
          const mark = new Feature(new Point([w.location.x, w.location.y]));
          mark.set("row", w);
          return mark;
        }));
      }),
      ...[chosen, pointed, language].map((what) => what.subscribe(() => layer.changed())),
    ];
    return () => {
      for (const s of stop) s();
      looking.value = false;
      choose(null);
      pointed.value = "";
    };
  }
  return { layer, follow };
}

const onMap = () => /** @type {HTMLElement | null} */ (document.querySelector(".map-canvas"))?.focus();

/** What the one that is chosen says, once it was read; before that where it stands. */
export function WarningOnMap() {
  const w = standing.value.find((one) => one.ref === chosen.value);
  return html`<div class="map-warning" role="status">${w && html`<${Chosen} w=${w} said=${words.value.get(w.ref)} />`}</div>`;
}

/** @param {{w: any, said: any}} props said: with its words, when they were read here */
function Chosen({ w, said }) {
  const facts = [codeOf(w.ref), [...w.audience].join(" "), t("warning.until", { date: dayOf(w.until, language.value) })];
  // Who pressed a button that goes away works on at the map.
  const leave = () => { chosen.value = ""; onMap(); };
  return html`<div class="at-place warnings" id="map-warning" onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && leave()}>
    ${said ? html`<${KnownWarning} detail=${{ ...said, warning: w }} />` : html`<div><span class="chip warn"><${Sign} name="warn" /> ${t("map.warning")}</span> <strong>${placeOf(w)}</strong> <span class="second">${facts.join(" · ")}</span></div>`}
    <div class="buttons">${!said && html`<button id="read-warning" onClick=${() => { read(w); onMap(); }}>${t("map.warning_read")} <kbd>Enter</kbd></button>`}<button id="leave-warning" onClick=${leave}>${t("map.warning_away")} <kbd>Esc</kbd></button></div>
  </div>`;
}

/** What its mark means, how many there are and which key goes along them. */
export const WarningLegend = () => html`<span><${Sign} name="warn" /> ${t("map.warnings", { n: standing.value.length })} <kbd>a</kbd></span>`;
