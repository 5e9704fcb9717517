// What the screens of access show: fetched when a screen opens and again while it is open, with the moment it was true.
import { computed, signal } from "../../vendor/preact.js";
import { Lost, Problem, get, post } from "../api.js";
import { session } from "../stores.js";
import { sayProblem, t } from "../words.js";
import { askConfirm } from "./confirm_store.js";
import { askGlass } from "./glass_watch.js";
import { askPack } from "./pack_store.js";

const EVERY = 20_000;
export const PAGE = 100;

/** @typedef {"people" | "sessions" | "log" | "glass" | "confirm" | "pack"} Name */

/** Screen, its key, and the rights of which one opens it. @type {{name: Name, key: string, rights: string[]}[]} */
const TABLE = [
  { name: "people", key: "F2", rights: ["administer"] }, { name: "sessions", key: "F3", rights: ["administer"] },
  { name: "log", key: "F4", rights: ["read_log"] }, { name: "glass", key: "F6", rights: ["administer", "read_log", "break_glass"] },
  { name: "confirm", key: "F9", rights: ["administer"] }, { name: "pack", key: "F10", rights: ["administer"] },
];

/** The screens that are this person's. */
export const screens = computed(() => TABLE.filter((s) => s.rights.some((right) => session.value?.rights.includes(right))));

const wanted = signal(location.pathname.split("/")[3] ?? "");
/** The screen that is open; undefined for whoever has none. */
export const at = computed(() => screens.value.find((s) => s.name === wanted.value)?.name ?? screens.value[0]?.name);

/** Per screen: what was read, and when. @type {import("../../vendor/preact.js").Signal<Record<string, {data: any, read: number}>>} */
export const known = signal({});
/** Why the newest reading failed; empty when it did not. */
export const failure = signal("");

/** Which accounts are asked for. */
export const asked = signal({ search: "", is_state: "", machines: false, skip: 0 });
/** The account that is open on the right; "" none, "+" a new one. */
export const chosen = signal("");
/** What is known of it. @type {import("../../vendor/preact.js").Signal<any>} */
export const dossier = signal(null);
/** A password or token that was just made; it is nowhere else. @type {import("../../vendor/preact.js").Signal<{name: string, secret: string, until: number, waits: boolean} | null>} */
export const handed = signal(null);

/** Go to a screen; the address follows, so that it can be kept. @param {Name} name */
export function go(name) {
  wanted.value = name;
  handed.value = null;
  history.replaceState(null, "", `/w/admin/${name}`);
  return read();
}

/** Open an account, "+" to make one, "" to close. @param {string} name */
export function choose(name) {
  chosen.value = name;
  dossier.value = null;
  handed.value = null;
  return read();
}

/** Ask for other accounts. @param {Partial<typeof asked.value>} what */
export function search(what) {
  asked.value = { ...asked.value, skip: 0, ...what };
  return read();
}

let newest = 0;
/** Every role of the country; they do not change while a page is open. @type {any[] | undefined} */
let everyRole;

/** Read the screen that is open; an answer that was overtaken is dropped. */
export async function read() {
  const name = at.value;
  const mine = ++newest;
  try {
    if (name === "people") {
      const { search: text, is_state, machines, skip } = asked.value;
      const query = new URLSearchParams({ search: text, machines: String(machines), skip: String(skip), limit: String(PAGE), ...(is_state && { is_state }) });
      const about = chosen.value && chosen.value !== "+" ? get(`/api/admin/people/${chosen.value}`) : null;
      const [page, roles, found] = await Promise.all([get(`/api/admin/people?${query}`), everyRole ?? get("/api/admin/roles"), about]);
      if (mine !== newest) return;
      everyRole = roles;
      dossier.value = found;
      keep(name, { ...page, roles });
    } else if (name === "sessions") {
      const data = await get("/api/admin/sessions");
      if (mine !== newest) return;
      keep(name, data);
    } else if (name === "glass") {
      await askGlass();
    } else if (name === "confirm") {
      await askConfirm();
    } else if (name === "pack") {
      await askPack();
    }
    if (mine === newest) failure.value = "";
  } catch (error) {
    if (mine !== newest) return;
    if (error instanceof Problem) failure.value = sayProblem(error.body);
    else if (error instanceof Lost) failure.value = t("steering.lost");
    else throw error;
  }
}

/** @param {string} name @param {any} data */
const keep = (name, data) => (known.value = { ...known.value, [name]: { data, read: Date.now() } });

/** Read on as long as the screens are open; returns what stops it. */
export function keepReading() {
  read();
  const timer = setInterval(() => !document.hidden && read(), EVERY);
  return () => clearInterval(timer);
}

/** Do something, and answer what came of it or say why not. @param {string} path @param {any} body @returns {Promise<{answer?: any, said: string}>} */
export async function send(path, body) {
  try {
    const answer = await post(path, body);
    await read();
    return { answer: answer ?? {}, said: t("admin.done") };
  } catch (error) {
    if (error instanceof Problem) return { said: sayProblem(error.body) };
    if (error instanceof Lost) return { said: t("steering.form.unknown") };
    throw error;
  }
}
