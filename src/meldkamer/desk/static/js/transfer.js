// Handing a call on to another function: what goes along, and the act.
import { give } from "./commands.js";
import { draft } from "./drafts.js";
import { told } from "./questions.js";
import { speakingInWords, speakingOf } from "./speaking.js";
import { calls } from "./stores.js";
import { language, t } from "./words.js";

/** What goes along with a call that is handed on: where and what as they were typed, the note, how to speak with the caller, and what was answered so far but for medical answers. @param {string} ref */
export function summaryOf(ref) {
  const { where = "", what = "", note = "", answers = [] } = draft(ref);
  const call = calls.value.get(ref);
  const speaking = speakingInWords(speakingOf(ref));
  // What the call itself says of it is there already for whoever takes it.
  const place = where && where !== call?.location?.text ? `${t("form.where")}: ${where}` : "";
  const about = what && what !== call?.class_hint ? `${t("form.what")}: ${what}` : "";
  return [place, about, note, ...(speaking ? [t("speaking.in_summary", { what: speaking })] : []), ...told(answers, language.value, t)].filter(Boolean).join("\n").slice(0, 8000) || null;
}

/** Hand a call on to a function, with its summary. @param {string} ref @param {string} to */
export const transferCall = (ref, to) => give({ type: "transfer_call", call: ref, function: to, disciplines: to.split(".")[1] ?? "", summary: summaryOf(ref) });
