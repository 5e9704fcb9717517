// The operator's manual, made from the key table, the command table and the word lists. The help and `docs/manual.*.md` are the same text.
import { VERBS } from "./command_language.js";
import { EVERYWHERE, PLACES, keyName } from "./keys.js";

/**
 * @typedef {(key: string, params?: Record<string, unknown>) => string} Say
 * @typedef {{title: string, steps?: string[], text?: string[], head?: string[], rows?: string[][], code?: number[]}} Part
 *   code: the columns that are typed or pressed.
 */

export const STEPS = ["answer", "place", "class", "save", "proposal", "alert", "follow", "close"];
export const SIGNS = ["alarm.emergency", "alarm.unowned", "alarm.waiting", "alarm.unseen", "alarm.unseen_posting", "alarm.contact", "alarm.takeover", "alarm.taken_unread", "alarm.conflict", "alarm.unowned_call", "alarm.stuck", "alarm.unmanned", "alarm.orphan", "alarm.peak", "alarm.playbook_late", "alarm.playbook_left", "band.lost", "band.alone", "band.catching", "band.lent", "band.taken", "band.flood"];
const EXAMPLE = { unit: "17-0131", number: "RT-4312", region: "LB", from: "LB", function: "LB.112", room: "LB", homes: "LB", owners: "RT", time: "03:12:40", count: 4, kept: 0, n: 2, reason: "…", name: "P2000", step: "…", minutes: 15, place: "17-B02" };

/** What an example of a command looks like when it is typed. @param {string} lang @param {Say} t */
export const examples = (lang, t) => verbs(lang).map(([word, verb]) => t(`manual.example.${verb}`, { word }));

/** @param {string} lang */
const verbs = (lang) => Object.entries(lang === "en" ? VERBS.en : VERBS.nl);

/**
 * The whole manual in one language. statuses: those of the pack.
 * @param {string} lang @param {Say} t @param {any[]} statuses @returns {Part[]}
 */
export function manual(lang, t, statuses) {
  const named = {
    ...Object.fromEntries(EVERYWHERE.map(([key, word]) => [`key_${word}`, keyName(key, t)])),
    ...Object.fromEntries(verbs(lang).map(([word, verb]) => [`word_${verb}`, word])),
  };
  return [
    { title: t("manual.call"), steps: STEPS.map((step) => t(`manual.step.${step}`, named)) },
    { title: t("manual.everywhere"), head: [t("manual.key"), t("manual.does")], code: [0], rows: EVERYWHERE.map(([key, word]) => [keyName(key, t), t(`manual.act.${word}`)]) },
    ...PLACES.map(({ place, keys }) => ({
      title: t(`manual.place.${place}`), head: [t("manual.key"), t("manual.does")], code: [0],
      rows: keys.map(([key, word]) => [keyName(key, t), t(`manual.there.${place}_${word}`)]),
    })),
    { title: t("manual.digits"), head: [t("manual.key"), ...[..."BAPK"].map((d) => t(`discipline.${d}`))], code: [0], rows: digits(lang, statuses) },
    {
      title: t("manual.commands"), text: [t("manual.typing", named)], head: [t("manual.type"), t("manual.does"), t("manual.for_example")], code: [0, 2],
      rows: verbs(lang).map(([word, verb]) => [t(`manual.use.${verb}`, { word }), t(`manual.verb.${verb}`), t(`manual.example.${verb}`, { word })]),
    },
    { title: t("manual.signs"), head: [t("manual.stands"), t("manual.do")], rows: SIGNS.map((sign) => [t(sign, EXAMPLE), t(`manual.on.${sign.replace(".", "_")}`, named)]) },
    { title: t("manual.failing"), text: [t("manual.failing_text", named)] },
  ];
}

/** What each digit means for the units of a discipline. @param {string} lang @param {any[]} statuses */
function digits(lang, statuses) {
  const keys = [...new Set(statuses.map((s) => s.key).filter((k) => /^[0-9]$/.test(k)))].sort();
  const name = (/** @type {any} */ s) => (s ? (lang === "en" ? s.name_en : s.name) : "–");
  return keys.map((k) => [k, ...[..."BAPK"].map((d) => name(statuses.find((s) => s.discipline === d && s.key === k)))]);
}

/** The manual as a document. @param {string} lang @param {Say} t @param {any[]} statuses */
export function markdown(lang, t, statuses) {
  const cells = (/** @type {string[]} */ row, /** @type {number[]} */ code) => `| ${row.map((c, n) => (code.includes(n) ? `\`${c}\`` : c)).join(" | ")} |`;
  const parts = manual(lang, t, statuses).map((part) => [
    `## ${part.title}`,
    ...(part.text ?? []),
    ...(part.steps ? [part.steps.map((s, n) => `${n + 1}. ${s}`).join("\n")] : []),
    ...(part.rows ? [[cells(part.head ?? [], []), `|${" --- |".repeat(part.head?.length ?? 0)}`, ...part.rows.map((r) => cells(r, part.code ?? []))].join("\n")] : []),
  ].join("\n\n"));
  return `${[`# ${t("manual.title")}`, t("manual.made"), ...parts].join("\n\n")}\n`;
}
